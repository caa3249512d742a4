-- The parcels of one conversation. `queue` orders them by their moment and then by their number;
-- its members are 16 digits of the number and the id. `parcels` has two fields for each: by its id
-- the moment, the number and the body, by its id and '!' when it may be claimed and how often it
-- was. `ready` has each conversation with parcels by the moment at which its first may be claimed.

-- Says in `ready` when the first parcel may be claimed now.
local function ring(ready, queue, parcels, key)
  local first = redis.call('ZRANGE', queue, 0, 0)[1]
  if first then
    local state = redis.call('HGET', parcels, string.sub(first, 17) .. '!')
    redis.call('ZADD', ready, string.match(state or '0', '^%S+'), key)
  else
    redis.call('ZREM', ready, key)
    redis.call('DEL', parcels)
  end
end

-- Reads what is needed to post the parcels in the arguments from this one on, each an id, a moment
-- and a body; what it returns posts them. A key of another kind stops the script in the reading.
local function post(ready, queue, parcels, key, from)
  redis.call('ZSCORE', ready, key)
  redis.call('ZCARD', queue)
  local posted = tonumber(redis.call('HGET', parcels, 'posted') or '0')
  return function()
    for at = from, #ARGV, 3 do
      local id, due, body = ARGV[at], ARGV[at + 1], ARGV[at + 2]
      if redis.call('HEXISTS', parcels, id) == 0 then
        posted = posted + 1
        local number = string.format('%016d', posted)
        redis.call('ZADD', queue, due, number .. id)
        redis.call('HSET', parcels, 'posted', number, id, due .. ' ' .. number .. '\n' .. body,
          id .. '!', due .. ' 0')
      end
    end
    ring(ready, queue, parcels, key)
  end
end

