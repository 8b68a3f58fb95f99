-- Leaves a tombstone in the place of a session. ARGV: 1 now, 2 how long it stays in milliseconds, 3 how to publish, 4 what.
local got = redis.call('HMGET', KEYS[1], 'v', 'e', 'u', 'ug', 'dg', 'wa', 'wg')
if not got[1] or got[2] then return {'nothing'} end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
redis.call('HSET', KEYS[1], 'e', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
publish(ARGV[3], ARGV[4])
return {'erased', got[3], got[4], got[5] or '', got[6] or '', got[7] or ''}
