-- Parcels of one conversation are posted outside of a turn.
-- KEYS  ready, queue, parcels
-- ARGV  key, parcels: id, moment, body
post(KEYS[1], KEYS[2], KEYS[3], ARGV[1], 2)()
return 1
