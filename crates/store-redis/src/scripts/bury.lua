-- Puts a tombstone in the place of what is expected. ARGV: 1 expected version (empty: nothing), 2 its chain, 3 when it was erased, 4 how
-- long the tombstone stays in milliseconds, 5 how to publish, 6 what.
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'e', 'u', 'ug', 'dg', 'wa', 'wg')
if got[3] then
  redis.call('HSET', KEYS[1], 'e', got[3])
  return {'there'}
end
if (got[1] or '') ~= ARGV[1] or (got[1] and got[2] ~= ARGV[2]) then return {'conflict', got[1] or '', got[2] or ''} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'e', ARGV[3])
redis.call('PEXPIRE', KEYS[1], ARGV[4])
publish(ARGV[5], ARGV[6])
return {'done', got[4], got[5], got[6] or '', got[7] or '', got[8] or ''}
