-- Keeps a private value, or removes it. ARGV: 1 its name, 2 how many there may be, 3 the value (missing: remove).
local got = redis.call('HMGET', KEYS[1], 'v', 'e')
if not got[1] or got[2] then return 'absent' end
if not ARGV[3] then
  redis.call('HDEL', KEYS[4], ARGV[1])
elseif redis.call('HLEN', KEYS[4]) >= tonumber(ARGV[2]) and redis.call('HEXISTS', KEYS[4], ARGV[1]) == 0 then
  return 'many'
else
  redis.call('HSET', KEYS[4], ARGV[1], ARGV[3])
end
-- A try whose outcome is not known may have been the one that wrote: something is written, so that it can be waited for.
redis.call('HSET', KEYS[1], 'v', got[1])
return 'done'
