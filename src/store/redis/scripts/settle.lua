-- A claimed parcel was sent, or is to be tried again.
-- KEYS  ready, queue, parcels
-- ARGV  key, id, tries, when to try again or nothing
local ready, queue, parcels = unpack(KEYS)
local key, id, tries, again = unpack(ARGV)
local kept, state = unpack(redis.call('HMGET', parcels, id, id .. '!'))
if not kept then
  return 1
end
if again ~= '' then
  if string.match(state, '%d+$') ~= tries then
    return 0
  end
  redis.call('HSET', parcels, id .. '!', again .. ' ' .. tries)
else
  redis.call('ZREM', queue, string.match(kept, '^%S+ (%d+)\n') .. id)
  redis.call('HDEL', parcels, id, id .. '!')
end
ring(ready, queue, parcels, key)
return 1
