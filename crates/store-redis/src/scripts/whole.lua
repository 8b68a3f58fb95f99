-- All that is kept of a session, or of its tombstone the time.
local got = redis.call('HMGET', KEYS[1], 'v', 'f', 'e', 'u', 's', 'a', 'd', 'wm', 'wa')
if got[3] then return {'erased', got[3]} end
if not got[1] then return {'nothing'} end
local kept = redis.call('HMGET', KEYS[3], 'v', 'c', 'b')
local cells = redis.call('LRANGE', KEYS[2], 0, -1)
if #cells ~= tonumber(got[1]) - tonumber(got[2]) then return error('entries are missing') end
local privates = {}
for _, name in ipairs(redis.call('HKEYS', KEYS[4])) do
  privates[#privates + 1] = name
  privates[#privates + 1] = redis.call('HGET', KEYS[4], name)
end
return {
  'whole', got[4], got[5], got[6], got[7] or '', got[8] or '', got[9] or '', got[2],
  kept[1] or '', kept[2] or '', kept[3] or '', cells, privates,
}
