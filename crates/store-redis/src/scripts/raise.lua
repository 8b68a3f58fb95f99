-- Raises the lowest schema, never lowers it. KEYS: 1 its key. ARGV: 1 to what. Answers what it is then.
local is = tonumber(redis.call('GET', KEYS[1]) or 0)
if tonumber(ARGV[1]) > is then is = tonumber(ARGV[1]) end
redis.call('SET', KEYS[1], text(is))
return text(is)
