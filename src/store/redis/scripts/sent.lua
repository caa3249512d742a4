-- A parcel was sent: its delivery is kept, before the parcel goes.
-- KEYS  delivery, kept, quiet
-- ARGV  sid, word of what was sent, parcel, key, when it was sent, until when it is kept, when
--       somebody is told that nothing was heard, backstop in ms, number of the words above,
--       the words above, the words after which nothing more needs to be heard
local delivery, kept, quiet = unpack(KEYS)
local sid, word, parcel, key, moment, lasts, tell, backstop, many = unpack(ARGV, 1, 9)
local was = redis.call('HMGET', delivery, 'status', 'parcel')
redis.call('ZSCORE', kept, sid)
redis.call('ZSCORE', quiet, sid)
if was[2] then
  return 0
end
local last = 9 + tonumber(many)
if was[1] ~= word and not words(10, last)[was[1] or ''] then
  redis.call('HSET', delivery, 'status', word, 'error', '', 'reported', '')
end
redis.call('HSET', delivery, 'parcel', parcel, 'key', key, 'sent', moment)
redis.call('PEXPIRE', delivery, backstop)
redis.call('ZADD', kept, lasts, sid)
if not words(last + 1, #ARGV)[was[1] or ''] then
  redis.call('ZADD', quiet, tell, sid)
end
return 1
