import type { Script } from "../connection/script.js";
import { LIFE } from "./life.js";

/** What `decide` answers to a lease that is not the newest of its pool. */
export const LOST = "lost";

/**
 * Takes up decisions of a pool's owner, in their order, as the life of a ticket says. A lease that is not the newest is
 * refused before anything is looked at.
 *
 * Keys: `players` of the queue, and `pool`, `waiting`, `claimed`, `pending` and `changes` of the pool; what is over goes
 * to keys whose names are made here, with the same hash tag.
 *
 * Arguments: tag, now, retainMs, dedupeMs, link, place, fence, and then for each decision
 * `c match count tickets… tail`, `s match assignment`, `d match`, `x ticket` or `r match reason count drops…`.
 *
 * Answers as `submit` does, or with `lost`. Either all of the batch takes effect, or nothing.
 */
export const DECIDE: Script = {
  name: "decide",
  text: `${LIFE}${String.raw`
local pool = poolAt(ARGV[6])
if pool.fence ~= ARGV[7] then return '${LOST}' end
-- Whoever decides is there to hear of it.
pool.hears = true

local wanted, asked, later = {}, {}, {}
local inputs = {}
local at = 8
while at <= #ARGV do
  local kind, id = ARGV[at], ARGV[at + 1]
  inputs[#inputs + 1] = at
  if kind == 'c' then
    local count = tonumber(ARGV[at + 2])
    asked[#asked + 1] = id
    for index = at + 3, at + 2 + count do wanted[#wanted + 1] = ARGV[index] end
    at = at + 4 + count
  elseif kind == 'x' then
    wanted[#wanted + 1] = id
    at = at + 2
  else
    asked[#asked + 1] = id
    if kind == 'd' then at = at + 2
    elseif kind == 's' then
      later[#later + 1] = id
      at = at + 3
    else
      later[#later + 1] = id
      at = at + 4 + tonumber(ARGV[at + 3])
    end
  end
end
loadMatches(pool, asked)
for index = 1, #later do
  local m = matches[later[index]]
  if m and m.state == 'c' then
    for _, id in ipairs(idsOf(m)) do wanted[#wanted + 1] = id end
  end
end
load(pool, wanted)

local function claim(index, from)
  local id, count = ARGV[from + 1], tonumber(ARGV[from + 2])
  local known = matches[id]
  if known and known.state ~= 'r' then return end
  local gone = {}
  local ids = {}
  for place = 1, count do
    local one = ARGV[from + 2 + place]
    ids[place] = one
    local t = tickets[one]
    if known or not t or t.state ~= 'w' then gone[#gone + 1] = one end
  end
  if #gone > 0 then return says(index, 'gone', concat(gone, ' ')) end
  local m = { id = id, pool = pool, state = 'c', ids = ids, tail = ARGV[from + 3 + count] }
  matches[id] = m
  changed(m)
  for place = 1, count do becomes(tickets[ids[place]], 'c', id) end
  tell(pool, 'c' .. id)
end

-- What a match that is not claimed is for who would release or settle it.
local function past(m)
  return not m and 'unknown' or m.state == 'r' and 'released' or 'settled'
end

local function release(index, from)
  local id, reason = ARGV[from + 1], ARGV[from + 2]
  local m = matches[id]
  if not m or m.state ~= 'c' then
    local outcome = past(m)
    return outcome ~= 'released' and says(index, outcome)
  end
  local drops = {}
  for place = from + 4, from + 3 + tonumber(ARGV[from + 3]) do drops[ARGV[place]] = true end
  local answers = '\t' .. read(m).answers .. '\t'
  local all, accepted = true, {}
  for _, one in ipairs(idsOf(m)) do
    local t = tickets[one]
    accepted[one] = true
    if t then
      for name in string.gmatch(detail(t).players, '[^\t]+') do
        if not find(answers, '\t1' .. name .. '\t', 1, true) then accepted[one] = false end
      end
    end
    all = all and accepted[one]
  end
  if all and reason == 'unanswered' then return says(index, 'accepted') end
  local dropped = {}
  for _, one in ipairs(idsOf(m)) do
    local t = tickets[one]
    if t and t.state == 'c' then
      if t.leaving or (drops[one] and not accepted[one]) then
        dropped[#dropped + 1] = one
        ends(t, 'l')
      else
        becomes(t, 'w', '')
      end
    end
  end
  m.state = 'r'
  changed(m)
  tell(pool, 'r' .. id .. '\t' .. reason .. '\t' .. concat(dropped, ' '))
end

local function settle(index, from)
  local id, assignment = ARGV[from + 1], ARGV[from + 2]
  local m = matches[id]
  if not m or m.state ~= 'c' then
    local outcome = past(m)
    return outcome ~= 'settled' and says(index, outcome)
  end
  if assignment ~= '' then read(m).assignment = assignment end
  m.state = 's'
  changed(m)
  for _, one in ipairs(idsOf(m)) do
    local t = tickets[one]
    if t and t.state == 'c' then ends(t, 'm') end
  end
  tell(pool, 's' .. id .. '\t' .. assignment)
end

local function deliver(index, from)
  local m = matches[ARGV[from + 1]]
  if m and m.state == 's' then
    m.state = 'd'
    changed(m)
    return tell(pool, 'd' .. m.id)
  end
  if not m or m.state ~= 'd' then says(index, 'unknown') end
end

local function expire(index, from)
  local t = tickets[ARGV[from + 1]]
  if not t or t.state == 'l' then return says(index, 'unknown') end
  if t.state == 'c' or t.state == 'm' then return says(index, 'claimed') end
  if t.state == 'x' then return end
  detail(t)
  local due = tonumber(t.expires) or math.huge
  if t.heartbeat ~= '' then
    due = math.min(due, tonumber(t.seen ~= '' and t.seen or t.joined) + tonumber(t.heartbeat))
  end
  if nowMs < due then return says(index, 'live') end
  ends(t, 'x')
  tell(pool, 'x' .. t.id, true)
end

local STEPS = { c = claim, r = release, s = settle, d = deliver, x = expire }
for index = 1, #inputs do STEPS[ARGV[inputs[index]]](index - 1, inputs[index]) end
commit()
return { outcomes, unreadable() }
`}`,
};
