-- Moves the activity forward, and the deadline with it. ARGV: 1 active, 2 deadline, 3 generation of the row that was written before.
local got = redis.call('HMGET', KEYS[1], 'v', 'e', 'a', 'di', 'dg', 'g', 'u', 'ug')
if not got[1] or got[2] or tonumber(ARGV[1]) < tonumber(got[3]) then return {'past'} end
local fields = {'a', ARGV[1], 'd', ARGV[2]}
local due = ARGV[2] ~= '' and (not got[4] or got[4] == '' or tonumber(ARGV[2]) < tonumber(got[4]))
if due then
  local generation = text(tonumber(got[6]) + 1)
  if ARGV[3] ~= generation then return {'rows', generation} end
  for _, field in ipairs({'g', generation, 'di', ARGV[2], 'dg', generation}) do fields[#fields + 1] = field end
end
redis.call('HSET', KEYS[1], unpack(fields))
return {'done', got[8], ARGV[1], got[7], due and got[5] or false}
