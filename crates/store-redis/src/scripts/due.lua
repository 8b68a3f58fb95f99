-- What a row of the index of deadlines is worth. ARGV: 1 now, 2 the row's generation.
local got = redis.call('HMGET', KEYS[1], 'v', 'e', 'g', 'd', 'di', 'dg')
if got[2] then return {'drop'} end
if not got[1] then return {'open'} end
local deadline = got[4] or ''
local is_due = deadline ~= '' and tonumber(deadline) <= tonumber(ARGV[1])
if got[6] ~= ARGV[2] then
  if tonumber(ARGV[2]) <= tonumber(got[3]) then return {'drop'} end
  return is_due and {'due', deadline} or {'open'}
end
if is_due then return {'due', deadline} end
if deadline == '' then
  redis.call('HSET', KEYS[1], 'di', '', 'dg', '')
  return {'drop'}
end
-- The session says first that its row may stand so late; an append that wants it earlier writes another from now on.
if got[5] ~= deadline then redis.call('HSET', KEYS[1], 'di', deadline) end
return {'move', deadline}
