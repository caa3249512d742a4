-- A turn asks whether it is its conversation's next.
-- KEYS  answers, holder, lane, waits, fences, record
-- ARGV  turn, now, until when its lease or its place lasts, backstop in ms
local answers, holder, lane, waits, fences, record = unpack(KEYS)
local turn, now, lasts, backstop = unpack(ARGV)

local answer = redis.call('HGET', answers, turn)
if answer then
  redis.call('ZREM', lane, turn)
  redis.call('ZREM', waits, turn)
  return { 'answered', answer }
end

-- Who has not been heard of for a lease is no longer there; the asker is, as it asks.
for _, late in ipairs(redis.call('ZRANGEBYSCORE', waits, '-inf', now)) do
  if late ~= turn then
    redis.call('ZREM', lane, late)
    redis.call('ZREM', waits, late)
  end
end
local held = redis.call('HMGET', holder, 'turn', 'until')
if held[2] and tonumber(held[2]) <= tonumber(now) then
  redis.call('DEL', holder)
  held = {}
end

-- A copy of the turn at work needs no place: it asks for the answer.
if held[1] == turn then
  return { 'wait' }
end
local first = redis.call('ZRANGE', lane, 0, 0)[1]
if held[1] or (first and first ~= turn) then
  if not redis.call('ZSCORE', lane, turn) then
    local last = redis.call('ZRANGE', lane, -1, -1, 'WITHSCORES')[2]
    redis.call('ZADD', lane, tonumber(last or '0') + 1, turn)
  end
  redis.call('ZADD', waits, lasts, turn)
  redis.call('PEXPIRE', lane, backstop)
  redis.call('PEXPIRE', waits, backstop)
  return { 'wait' }
end

local kept = redis.call('HMGET', record, 'committed', 'bytes')
-- Fences grow even if the server has lost its memory: none is below the moment it was given.
local last = tonumber(redis.call('GET', fences) or '0')
local fence = string.format('%.0f', math.max(last + 1, math.min(tonumber(now), 2 ^ 52)))
redis.call('SET', fences, fence)
if first then
  redis.call('ZREM', lane, turn)
  redis.call('ZREM', waits, turn)
end
redis.call('HSET', holder, 'turn', turn, 'fence', fence, 'until', lasts)
redis.call('PEXPIRE', holder, backstop)
return { 'turn', fence, kept[1], kept[2] }
