-- Keeps a value under a name in the place of a version. KEYS: 1 its key. ARGV: 1 the version (0 for none), 2 the value.
local is = redis.call('HMGET', KEYS[1], 'v')[1] or '0'
if is ~= ARGV[1] then return 'other' end
redis.call('HSET', KEYS[1], 'v', text(tonumber(is) + 1), 'b', ARGV[2])
return 'kept'
