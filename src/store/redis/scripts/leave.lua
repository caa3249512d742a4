-- A turn gives its place in the lane up.
-- KEYS  lane, waits
-- ARGV  turn
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 1
