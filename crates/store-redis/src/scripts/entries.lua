-- The cells after a place. ARGV: 1 its version, 2 its chain, 3 the most bytes of entries (but one entry always).
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'f', 'e')
if not got[1] or got[4] then return {'nothing'} end
local head = {v = tonumber(got[1]), c = got[2], f = tonumber(got[3])}
local after, most = tonumber(ARGV[1]), tonumber(ARGV[3])
if chain_at(head, after) ~= ARGV[2] then return {'nothing'} end
local cells, bytes = {}, 0
for from = after - head.f, head.v - head.f - 1, 64 do
  for _, cell in ipairs(redis.call('LRANGE', KEYS[2], from, from + 63)) do
    bytes = bytes + #cell - 32
    if bytes > most and #cells > 0 then return {'cells', cells} end
    cells[#cells + 1] = cell
  end
end
if #cells ~= head.v - after then return error('entries are missing') end
return {'cells', cells}
