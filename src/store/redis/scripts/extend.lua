-- A turn that is still at work keeps its lease.
-- KEYS  holder
-- ARGV  turn, fence, until when, backstop in ms
local held = redis.call('HMGET', KEYS[1], 'turn', 'fence')
if held[1] ~= ARGV[1] or held[2] ~= ARGV[2] then
  return 0
end
redis.call('HSET', KEYS[1], 'until', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
