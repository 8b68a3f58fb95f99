-- Moves a row of a list down, unless it has moved meanwhile. KEYS: 1 the list. ARGV: 1 the row, 2 where it was seen, 3 where it belongs.
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if score and tonumber(score) == tonumber(ARGV[2]) then redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1]) end
return true
