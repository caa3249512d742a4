-- Conversations of one shard of which something was kept long enough.
-- KEYS  sweeps, dues, and for each conversation record, answers, order
-- ARGV  which answers are too old, which records, how long answers are kept in ms, how long records,
--       keys
local sweeps, dues = unpack(KEYS)
local old_answers, old_records, answers_kept, records_kept = unpack(ARGV, 1, 4)
local swept = 0
for at = 5, #ARGV do
  local key = ARGV[at]
  local record, answers, order = unpack(KEYS, 3 * at - 12, 3 * at - 10)
  local moments = {}

  local committed = redis.call('HGET', record, 'committed')
  if committed and redis.call('HEXISTS', dues, key) == 0 then
    if tonumber(committed) < tonumber(old_records) then
      redis.call('DEL', record)
      swept = swept + 1
    else
      moments[#moments + 1] = tonumber(committed) + tonumber(records_kept) + 1
    end
  end

  local newest = redis.call('ZRANGE', order, -1, -1, 'WITHSCORES')[2]
  if not newest or tonumber(newest) < tonumber(old_answers) then
    redis.call('DEL', answers, order)
  else
    for _, turn in ipairs(redis.call('ZRANGEBYSCORE', order, '-inf', '(' .. old_answers)) do
      redis.call('HDEL', answers, turn)
      redis.call('ZREM', order, turn)
    end
    local oldest = redis.call('ZRANGE', order, 0, 0, 'WITHSCORES')[2]
    moments[#moments + 1] = tonumber(oldest) + tonumber(answers_kept) + 1
  end

  -- A conversation with a timer comes back with the commit that the timer brings about.
  if #moments > 0 then
    redis.call('ZADD', sweeps, string.format('%.0f', math.min(unpack(moments))), key)
  else
    redis.call('ZREM', sweeps, key)
  end
end
return swept
