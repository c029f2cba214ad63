/**
 * What is over is kept in spans of time, each with a key of its own: they are forgotten as a whole and in the background,
 * where a key for each would have to be found and freed one by one. The present span comes first; the two before it hold
 * whatever ended within `retainMs`. Those behind are of no use any more.
 */
export const SPANS = String.raw`
local function spansOf(server, retain)
  local width = math.max(math.ceil(retain / 2), 1000)
  local spans = { width = width }
  for back = 0, 5 do spans[back + 1] = string.format('%.0f', math.floor(server / width) - back) end
  return spans
end
`;
