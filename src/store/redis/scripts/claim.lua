-- Of conversations of one shard whose first parcel was seen to be ready: that parcel, unless
-- somebody else has claimed it since.
-- KEYS  ready, and for each conversation queue, parcels
-- ARGV  now, when it may be claimed again, keys
local ready = KEYS[1]
local claims = {}
for at = 3, #ARGV do
  local key, queue, parcels = ARGV[at], KEYS[2 * at - 4], KEYS[2 * at - 3]
  local when = redis.call('ZSCORE', ready, key)
  local first = redis.call('ZRANGE', queue, 0, 0)[1] or ''
  local id = string.sub(first, 17)
  local kept, state = unpack(redis.call('HMGET', parcels, id, id .. '!'))
  if kept and when and tonumber(when) <= tonumber(ARGV[1]) then
    local tries = tonumber(string.match(state, '%d+$')) + 1
    redis.call('HSET', parcels, id .. '!', ARGV[2] .. ' ' .. tries)
    redis.call('ZADD', ready, ARGV[2], key)
    local ends = string.find(kept, '\n', 1, true)
    local due = string.match(kept, '^%S+')
    claims[#claims + 1] = { key, id, due, tries, string.sub(kept, ends + 1) }
  end
end
return claims
