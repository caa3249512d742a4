-- Messages of one shard that were kept long enough.
-- KEYS  kept, quiet, and for each message its delivery
-- ARGV  until when those are kept that go, sids
local kept, quiet = KEYS[1], KEYS[2]
for at = 2, #ARGV do
  local lasts = redis.call('ZSCORE', kept, ARGV[at])
  if lasts and tonumber(lasts) <= tonumber(ARGV[1]) then
    redis.call('DEL', KEYS[at + 1])
    redis.call('ZREM', quiet, ARGV[at])
    redis.call('ZREM', kept, ARGV[at])
  end
end
return 1
