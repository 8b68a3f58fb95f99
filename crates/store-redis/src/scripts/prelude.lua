-- What several scripts need. KEYS: 1 the session, 2 its log, 3 its snapshot, 4 its private values.
local ZERO = string.rep('\0', 32)

-- The chain at a version, where that is a place in the log as it is kept. `head` is version, chain and floor.
local function chain_at(head, version)
  if version > head.v then return nil end
  if version == head.v then return head.c end
  if version == 0 then return head.f == 0 and ZERO or nil end
  if version > head.f then return string.sub(redis.call('LINDEX', KEYS[2], version - head.f - 1), 1, 32) end
  local kept = redis.call('HMGET', KEYS[3], 'v', 'c')
  if kept[1] and tonumber(kept[1]) == version then return kept[2] end
  return nil
end

-- The newest snapshot (version, chain, bytes; empty where there is none) and the cells after it.
local function history(head)
  local kept = redis.call('HMGET', KEYS[3], 'v', 'c', 'b')
  local after = tonumber(kept[1] or 0)
  if after < head.f then return error('the snapshot is missing') end
  local cells = redis.call('LRANGE', KEYS[2], after - head.f, -1)
  if #cells ~= head.v - after then return error('entries are missing') end
  return {kept[1] or '', kept[2] or '', kept[3] or '', cells}
end

-- A number as Redis keeps it.
local function text(number)
  return string.format('%d', number)
end

-- Tells whoever follows the session; that nobody may be told is no reason not to have written.
local function publish(command, body)
  if command ~= '' then redis.pcall(command, KEYS[1], body) end
end
