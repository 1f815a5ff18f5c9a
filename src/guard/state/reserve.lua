-- Counts a call against all counters of the hash KEYS[1], or against none.
-- ARGV: for each counter its name, the length of its windows in seconds, the maximum and the amount.
-- Returns {'counted', window, window, ...} or {'exceeded', index from 0}. Windows follow this server's clock.
local now = tonumber(redis.call('TIME')[1])
local changes, windows, longest = {}, {'counted'}, 0
for i = 1, #ARGV, 4 do
  local length, max, amount = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
  local window, used = math.floor(now / length), 0
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  if stored then
    local stored_window, stored_used = string.match(stored, '^(%d+) (%d+)$')
    if not stored_window then return redis.error_reply('not a count: ' .. ARGV[i]) end
    -- A clock that goes backward stays in the latest window.
    if tonumber(stored_window) >= window then
      window, used = tonumber(stored_window), tonumber(stored_used)
    end
  end
  if used + amount > max then return {'exceeded', (i - 1) / 4} end
  table.insert(changes, {ARGV[i], string.format('%.0f %.0f', window, used + amount)})
  table.insert(windows, string.format('%.0f', window))
  longest = math.max(longest, length)
end
for _, change in ipairs(changes) do redis.call('HSET', KEYS[1], change[1], change[2]) end
-- Nothing is needed after its window; twice as long allows for a clock that is set back.
if redis.call('TTL', KEYS[1]) < 2 * longest then redis.call('EXPIRE', KEYS[1], 2 * longest) end
return windows
