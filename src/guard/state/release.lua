-- Takes back a call that was not made, from the counters of the hash KEYS[1].
-- ARGV: for each counter its name, the window and the amount.
for i = 1, #ARGV, 3 do
  local stored = redis.call('HGET', KEYS[1], ARGV[i])
  local window, used = string.match(stored or '', '^(%d+) (%d+)$')
  if window == ARGV[i + 1] then
    local rest = math.max(0, tonumber(used) - tonumber(ARGV[i + 2]))
    redis.call('HSET', KEYS[1], ARGV[i], string.format('%s %.0f', window, rest))
  end
end
return 'released'
