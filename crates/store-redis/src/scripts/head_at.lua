-- The chain at a version, where that is a place. ARGV: 1 the version.
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'f', 'e')
if not got[1] or got[4] then return false end
return chain_at({v = tonumber(got[1]), c = got[2], f = tonumber(got[3])}, tonumber(ARGV[1])) or false
