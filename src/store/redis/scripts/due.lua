-- Of conversations of one shard that were seen to ring: those that nobody else was told of since.
-- KEYS  bells, dues
-- ARGV  now, when they ring again, keys
local bells, dues = unpack(KEYS)
local told = {}
for at = 3, #ARGV do
  local tell = redis.call('ZSCORE', bells, ARGV[at])
  local due = redis.call('HGET', dues, ARGV[at])
  if due and tell and tonumber(tell) <= tonumber(ARGV[1]) then
    redis.call('ZADD', bells, ARGV[2], ARGV[at])
    told[#told + 1] = { ARGV[at], due }
  end
end
return told
