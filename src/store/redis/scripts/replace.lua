-- What is to be sent in place of a message that met a closed session, once.
-- KEYS  ready, queue, parcels, instead
-- ARGV  key, id, moment
local body = redis.call('GET', KEYS[4])
if not body then
  return 0
end
ARGV[4] = body
local post_all = post(KEYS[1], KEYS[2], KEYS[3], ARGV[1], 2)
redis.call('DEL', KEYS[4])
post_all()
return 1
