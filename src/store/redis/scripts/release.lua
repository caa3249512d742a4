-- A turn gives its lease back.
-- KEYS  holder
-- ARGV  turn, fence
local held = redis.call('HMGET', KEYS[1], 'turn', 'fence')
if held[1] == ARGV[1] and held[2] == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
return 1
