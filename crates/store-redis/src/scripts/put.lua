-- Puts a whole session in the place of what is expected. ARGV: 1 expected version (empty: nothing), 2 its chain, 3 generation of the rows
-- that were written before, 4 how to publish, 5 what, 6 version, 7 chain, 8 floor, 9 user, 10 summary, 11 active, 12 deadline, 13 message
-- that waits, 14 since when, 15 version of the snapshot (empty: none), 16 its chain, 17 its bytes, 18 how many private values, then their
-- names and values, then the cells. What is none is empty.
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'e', 'g', 'u', 'ug', 'dg', 'wa', 'wg')
if got[3] then return {'erased'} end
if got[1] == ARGV[6] and got[2] == ARGV[7] then
  -- It was put by an earlier try: something is written, so that it can be waited for.
  redis.call('HSET', KEYS[1], 'v', got[1])
  return {'there'}
end
if (got[1] or '') ~= ARGV[1] or (got[1] and got[2] ~= ARGV[2]) then return {'conflict', got[1] or '', got[2] or ''} end
local generation = text(tonumber(got[4] or 0) + 1)
if ARGV[3] ~= generation then return {'rows', generation} end

redis.call('DEL', KEYS[1], KEYS[2], KEYS[3], KEYS[4])
local privates = tonumber(ARGV[18])
for from = 19 + 2 * privates, #ARGV, 1000 do
  redis.call('RPUSH', KEYS[2], unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
if ARGV[15] ~= '' then redis.call('HSET', KEYS[3], 'v', ARGV[15], 'c', ARGV[16], 'b', ARGV[17]) end
for at = 19, 17 + 2 * privates, 2 do redis.call('HSET', KEYS[4], ARGV[at], ARGV[at + 1]) end
local fields = {
  'v', ARGV[6], 'c', ARGV[7], 'f', ARGV[8], 's', ARGV[10], 'a', ARGV[11], 'd', ARGV[12], 'g', generation, 'u', ARGV[9], 'ug', generation,
}
local function set(...)
  for _, field in ipairs({...}) do fields[#fields + 1] = field end
end
if ARGV[12] ~= '' then set('di', ARGV[12], 'dg', generation) end
if ARGV[13] ~= '' then set('wm', ARGV[13], 'wa', ARGV[14], 'wg', generation) end
redis.call('HSET', KEYS[1], unpack(fields))
publish(ARGV[4], ARGV[5])
return {'done', got[5], got[6], got[7] or '', got[8] or '', got[9] or ''}
