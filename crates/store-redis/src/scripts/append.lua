-- Appends entries on the very head. ARGV: 1 expected version, 2 its chain, 3 last version, 4 its chain, 5 user, 6 summary, 7 active,
-- 8 deadline, 9 message that waits, 10 since when, 11 generation of the rows that were written before, 12 which of them: l, d, w,
-- 13 how to publish, 14 what, 15 ... the cells. What is none is empty.
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'f', 'e', 'g', 'u', 'ug', 'a', 'di', 'dg', 'wm', 'wa', 'wg')
if got[4] then return {'erased'} end
local head = {v = tonumber(got[1] or 0), c = got[2] or ZERO, f = tonumber(got[3] or 0)}
local active = got[8] or '0'
if tonumber(ARGV[1]) ~= head.v or ARGV[2] ~= head.c then
  if head.v == 0 then return {'history', '0', {'', '', '', {}}} end
  if chain_at(head, tonumber(ARGV[3])) == ARGV[4] then
    -- It was written by an earlier try, maybe over another connection: something is written over this one, so that it can be waited for.
    redis.call('HSET', KEYS[1], 'v', got[1])
    return {'there', got[7], active, got[6]}
  end
  if chain_at(head, tonumber(ARGV[1])) == ARGV[2] then
    return {'missed', active, redis.call('LRANGE', KEYS[2], tonumber(ARGV[1]) - head.f, -1)}
  end
  return {'history', active, history(head)}
end

local has_deadline, waits = ARGV[8] ~= '', ARGV[9] ~= ''
local listed = got[6] ~= ARGV[5]
local due = has_deadline and (not got[9] or got[9] == '' or tonumber(ARGV[8]) < tonumber(got[9]))
local waiting = waits and (got[11] ~= ARGV[9] or got[12] ~= ARGV[10])
local needs = (listed and 'l' or '') .. (due and 'd' or '') .. (waiting and 'w' or '')
local generation = text(tonumber(got[5] or 0) + 1)
if needs ~= '' then
  local written = ARGV[11] == generation
  for need in string.gmatch(needs, '.') do written = written and string.find(ARGV[12], need, 1, true) end
  if not written then return {'rows', generation, needs} end
end

for from = 15, #ARGV, 1000 do
  redis.call('RPUSH', KEYS[2], unpack(ARGV, from, math.min(from + 999, #ARGV)))
end
if tonumber(ARGV[7]) > tonumber(active) then active = ARGV[7] end
local fields = {'v', ARGV[3], 'c', ARGV[4], 's', ARGV[6], 'a', active, 'd', ARGV[8]}
local function set(...)
  for _, field in ipairs({...}) do fields[#fields + 1] = field end
end
if head.v == 0 then set('f', '0') end
if needs ~= '' then set('g', generation) end
if listed then set('u', ARGV[5], 'ug', generation) end
if due then set('di', ARGV[8], 'dg', generation) end
local was_waiting = got[11] and got[11] ~= ''
if waiting then
  set('wm', ARGV[9], 'wa', ARGV[10], 'wg', generation)
elseif was_waiting and not waits then
  set('wm', '', 'wa', '', 'wg', '')
end
redis.call('HSET', KEYS[1], unpack(fields))
publish(ARGV[13], ARGV[14])
local answered = was_waiting and (waiting or not waits)
return {
  'done', listed and generation or got[7], active, ARGV[5],
  listed and got[6] or false, got[7], due and got[10] or false, answered and got[12] or false, got[13],
}
