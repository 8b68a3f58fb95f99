-- All that a host needs of a session, and its rows.
local got = redis.call('HMGET', KEYS[1], 'v', 'c', 'f', 'e', 'a', 'u', 'ug', 'di', 'dg', 'wa', 'wg')
if not got[1] or got[4] then return {'nothing'} end
local head = {v = tonumber(got[1]), c = got[2], f = tonumber(got[3])}
return {'history', got[5], history(head), got[6], got[7], got[8] or '', got[9] or '', got[10] or '', got[11] or ''}
