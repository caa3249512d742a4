-- What was heard of a message.
-- KEYS  delivery, kept, quiet
-- ARGV  sid, word, error or nothing, now, until when it is kept if it is the first that is heard,
--       backstop in ms, whether the word is known, whether nothing more needs to be heard, the known
--       words above it
local delivery, kept, quiet = unpack(KEYS)
local sid, word, why, now, lasts, backstop, is_known, is_over = unpack(ARGV, 1, 8)
local was = redis.call('HMGET', delivery, 'status', 'error')
redis.call('ZSCORE', kept, sid)
redis.call('ZSCORE', quiet, sid)
if not was[1] then
  redis.call('ZADD', kept, lasts, sid)
end
if not was[1] or is_news(was[1], was[2], word, why, is_known, words(9, #ARGV)) then
  redis.call('HSET', delivery, 'status', word, 'error', why, 'reported', now)
  redis.call('PEXPIRE', delivery, backstop)
  if is_over == '1' then
    redis.call('ZREM', quiet, sid)
  end
end
return redis.call('HMGET', delivery, 'status', 'error', 'reported', 'parcel', 'key', 'sent')
