-- Keeps a newer snapshot that is at a place in the log, and trims. ARGV: 1 its version, 2 its chain, 3 its bytes, 4 how many entries stay.
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'f', 'e')
if not got[1] or got[4] then return false end
local head = {v = tonumber(got[1]), c = got[2], f = tonumber(got[3])}
local version = tonumber(ARGV[1])
if version <= tonumber(redis.call('HGET', KEYS[3], 'v') or 0) or chain_at(head, version) ~= ARGV[2] then return false end
redis.call('HSET', KEYS[3], 'v', ARGV[1], 'c', ARGV[2], 'b', ARGV[3])
local floor = math.min(version, head.v - tonumber(ARGV[4]))
if floor > head.f then
  redis.call('LTRIM', KEYS[2], floor - head.f, -1)
  redis.call('HSET', KEYS[1], 'f', text(floor))
end
return true
