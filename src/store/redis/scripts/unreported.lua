-- Of messages of one shard that nothing final was heard of: those that nobody else was told of since.
-- KEYS  quiet, and for each message its delivery
-- ARGV  now, a lease in ms, sids
local quiet, now = KEYS[1], tonumber(ARGV[1])
local told = {}
for at = 3, #ARGV do
  local sid, delivery = ARGV[at], KEYS[at - 1]
  local tell = redis.call('ZSCORE', quiet, sid)
  local kept = redis.call('HMGET', delivery, 'status', 'error', 'reported', 'parcel', 'key', 'sent')
  if not kept[6] then
    redis.call('ZREM', quiet, sid)
  elseif tell and tonumber(tell) <= now then
    local again = now + math.max(now - tonumber(kept[6]), tonumber(ARGV[2]))
    redis.call('ZADD', quiet, string.format('%.0f', again), sid)
    told[#told + 1] = { sid, kept }
  end
end
return told
