-- A turn ends: all that it changes is written, or nothing.
-- KEYS  record, answers, order, holder, sweeps, bells, dues, ready, queue, parcels
-- ARGV  key, turn, fence, now, record, answer, first timer or nothing, when answers are too old,
--       when to sweep, backstop of the record in ms or nothing, that of the answers,
--       parcels: id, moment, body
local record, answers, order, holder, sweeps, bells, dues, ready, queue, parcels = unpack(KEYS)
local key, turn, fence, now, bytes, answer, due, old, sweep, backstop, answers_backstop =
  unpack(ARGV, 1, 11)

-- First all that is read. A key of another kind stops the script before anything is written.
local is_answered = redis.call('HEXISTS', answers, turn)
local held = redis.call('HMGET', holder, 'turn', 'fence')
if held[1] ~= turn or held[2] ~= fence then
  return is_answered
end
redis.call('HEXISTS', record, 'bytes')
redis.call('ZSCORE', sweeps, key)
local has_bell = redis.call('ZSCORE', bells, key)
redis.call('HEXISTS', dues, key)
local too_old = redis.call('ZRANGEBYSCORE', order, '-inf', '(' .. old, 'LIMIT', 0, 16)
local post_all = #ARGV > 11 and post(ready, queue, parcels, key, 12)

redis.call('DEL', holder)
redis.call('HSET', record, 'committed', now, 'bytes', bytes)
if due == '' and backstop ~= '' then
  redis.call('PEXPIRE', record, backstop)
elseif has_bell or due ~= '' then
  redis.call('PERSIST', record)
end
for _, gone in ipairs(too_old) do
  redis.call('HDEL', answers, gone)
  redis.call('ZREM', order, gone)
end
redis.call('HSET', answers, turn, answer)
redis.call('ZADD', order, now, turn)
redis.call('PEXPIRE', answers, answers_backstop)
redis.call('PEXPIRE', order, answers_backstop)
redis.call('ZADD', sweeps, 'LT', sweep, key)
if due ~= '' then
  redis.call('ZADD', bells, due, key)
  redis.call('HSET', dues, key, due)
elseif has_bell then
  redis.call('ZREM', bells, key)
  redis.call('HDEL', dues, key)
end
if post_all then
  post_all()
end
return 1
