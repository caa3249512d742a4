-- The words of statuses, in the order that callers tell: `above` are the known words above one.

-- Whether a text stands before another by its bytes; Lua itself asks the server's language.
local function is_before(one, other)
  for at = 1, math.min(#one, #other) do
    local a, b = string.byte(one, at), string.byte(other, at)
    if a ~= b then
      return a < b
    end
  end
  return #one < #other
end

-- Whether a report says more than is known. A word that is not known stands below all others.
local function is_news(word, why, new_word, new_why, is_known, above)
  if word == new_word then
    return (tonumber(why) or -1) < (tonumber(new_why) or -1)
  end
  return not above[word] and (is_known == '1' or is_before(word, new_word))
end

-- The arguments from this one to that one as a set.
local function words(from, to)
  local set = {}
  for at = from, to do
    set[ARGV[at]] = true
  end
  return set
end

