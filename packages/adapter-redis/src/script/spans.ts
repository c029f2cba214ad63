/**
 * What is over is kept in spans of time, each with a key of its own: they are forgotten as a whole and in the background,
 * where a key for each would have to be found and freed one by one. The present span comes first; the two before it hold
 * whatever ended within `retainMs`. Those behind are of no use any more.
 *
 * The time of a queue is the server's, and never goes back: a replica that goes on with the queue may have another clock,
 * and what has ended would lie in a span of its future and not be found. So `clock` holds when the queue was last
 * looked after, and how far its time is ahead of the server's since a clock went back.
 */
export const SPANS = String.raw`
local function timeOf(tag, server)
  local last, shift = string.match(redis.call('GET', tag .. 'clock') or '', '^(%d+) (%d+)$')
  last, shift = tonumber(last or 0), tonumber(shift or 0)
  local now = server + shift
  if now < last then now, shift = last, last - server end
  return { now = now, shift = shift, isDue = now >= last + 1000 or now == last }
end

local function keepTime(tag, time)
  if time.isDue then redis.call('SET', tag .. 'clock', string.format('%.0f %.0f', time.now, time.shift)) end
end

local function spansOf(time, retain)
  local width = math.max(math.ceil(retain / 2), 1000)
  local spans = { width = width }
  for back = 0, 5 do spans[back + 1] = string.format('%.0f', math.floor(time.now / width) - back) end
  return spans
end
`;
