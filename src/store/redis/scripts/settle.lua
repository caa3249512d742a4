-- A claimed parcel was sent, or is to be tried again.
-- KEYS  ready, queue, parcels, instead
-- ARGV  key, id, tries, when to try again or nothing, what is sent instead or nothing, for how long
--       that is kept in ms
local ready, queue, parcels, instead = unpack(KEYS)
local key, id, tries, again, body, backstop = unpack(ARGV)
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
  if body then
    redis.call('SET', instead, body, 'PX', backstop)
  end
  redis.call('ZREM', queue, string.match(kept, '^%S+ (%d+)\n') .. id)
  redis.call('HDEL', parcels, id, id .. '!')
end
ring(ready, queue, parcels, key)
return 1
