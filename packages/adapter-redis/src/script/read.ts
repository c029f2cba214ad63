import type { Script } from "../connection/script.js";
import { SPANS } from "./spans.js";

/**
 * Looks up what is kept in one queue.
 *
 * Keys: `players` of the queue; the others are named here, with the same hash tag. Arguments: tag, retainMs, and then for each
 * look-up `t place ticket`, `m place match` or `p player`.
 *
 * Answers with the records in the order of the arguments, an empty text for what is not there, and for
 * a matched ticket that is kept with its match `M`, the match's id and its record, each on its line. All are of one moment.
 */
export const READ: Script = {
  name: "read",
  text: `${SPANS}${String.raw`
local call = redis.call
local tag = ARGV[1]
local clock = call('TIME')
local spans = spansOf(timeOf(tag, clock[1] * 1000 + math.floor(clock[2] / 1000)), tonumber(ARGV[2]))

local function over(what, id)
  for span = 1, 3 do
    local record = call('HGET', tag .. what .. spans[span], id)
    if record then return record end
  end
end

local function match(id, place)
  return call('HGET', tag .. 'pending:' .. place, id) or over('closed:', id)
end

local function ticket(id, place)
  local record = call('HGET', tag .. 'waiting:' .. place, id) or call('HGET', tag .. 'claimed:' .. place, id)
    or over('ended:', id)
  local of = record and string.match(record, '^m%-%-\n([^\n]*)\n$')
  if not of then return record end
  -- The ticket is in its match.
  local found = match(of, place)
  return found and 'M\n' .. of .. '\n' .. found
end

local records = {}
local at = 3
while at <= #ARGV do
  local kind = ARGV[at]
  local record
  if kind == 't' then
    record = ticket(ARGV[at + 2], ARGV[at + 1])
  elseif kind == 'm' then
    record = match(ARGV[at + 2], ARGV[at + 1])
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
`}`,
};
