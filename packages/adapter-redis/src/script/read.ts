import type { Script } from "../connection/script.js";

/**
 * Looks up what is kept in one queue.
 *
 * Keys: `players` of the queue; the others are named here, with the same hash tag. Arguments: tag, and then for each
 * look-up `t place ticket`, `m place match` or `p player`.
 *
 * Answers with the records in the order of the arguments, an empty text for what is not there. All are of one moment.
 */
export const READ: Script = {
  name: "read",
  text: String.raw`
local call = redis.call
local tag = ARGV[1]

local function ticket(id, place)
  return call('HGET', tag .. 'waiting:' .. place, id) or call('HGET', tag .. 'claimed:' .. place, id)
    or call('GET', tag .. 'ended:' .. id)
end

local records = {}
local at = 2
while at <= #ARGV do
  local kind = ARGV[at]
  local record
  if kind == 't' then
    record = ticket(ARGV[at + 2], ARGV[at + 1])
  elseif kind == 'm' then
    record = call('HGET', tag .. 'pending:' .. ARGV[at + 1], ARGV[at + 2]) or call('GET', tag .. 'match:' .. ARGV[at + 2])
  else
    local id = call('HGET', KEYS[1], ARGV[at + 1])
    local place = id and string.match(id, '^[^.]+%.(.+)%.[^.]+$')
    record = place and ticket(id, place)
    -- Only a live ticket is a player's.
    if record and not string.find(record, '^[wc]') then record = nil end
  end
  records[#records + 1] = record or ''
  at = at + (kind == 'p' and 2 or 3)
end
return records
`,
};
