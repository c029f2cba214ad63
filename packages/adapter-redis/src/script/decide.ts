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
 * `c match count tickets… players record`, the same with `p` for one that is claimed and settled at once,
 * `s match assignment`, `d match`, `x ticket` or `r match reason count drops…`.
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

local wanted, asked, later, claims = {}, {}, {}, {}
local inputs, places, inputCount, wantedCount, place = {}, {}, 0, 0, 0
-- Matches that are claimed here, which are not looked up.
local isClaimed = {}
local at = 8
while at <= #ARGV do
  local kind, id = ARGV[at], ARGV[at + 1]
  inputCount = inputCount + 1
  inputs[inputCount], places[inputCount] = at, place
  place = place + 1
  if kind == 'p' then place = place + 1 end
  if kind == 'c' or kind == 'p' then
    local count = tonumber(ARGV[at + 2])
    claims[#claims + 1] = at
    isClaimed[id] = true
    for index = at + 3, at + 2 + count do
      wantedCount = wantedCount + 1
      wanted[wantedCount] = ARGV[index]
    end
    at = at + 5 + count
  elseif kind == 'x' then
    wantedCount = wantedCount + 1
    wanted[wantedCount] = id
    at = at + 2
  else
    if not isClaimed[id] then
      asked[#asked + 1] = id
      if kind ~= 'd' then later[#later + 1] = id end
    end
    if kind == 'd' then at = at + 2
    elseif kind == 's' then at = at + 3
    else at = at + 4 + tonumber(ARGV[at + 3]) end
  end
end
if #asked > 0 then loadMatches(pool, asked) end
for index = 1, #later do
  local m = matches[later[index]]
  if m and m.state == 'c' then
    for _, id in ipairs(idsOf(m)) do
      wantedCount = wantedCount + 1
      wanted[wantedCount] = id
    end
  end
end
load(pool, wanted)

-- A match whose tickets all wait is not known, unless it was released: those that may be are looked up.
local mayBeReleased = server < pool.released + 3 * spans.width
local known = {}
for claim = 1, #claims do
  local from = claims[claim]
  local isKnown = mayBeReleased
  for index = from + 3, from + 2 + tonumber(ARGV[from + 2]) do
    local t = tickets[ARGV[index]]
    if not t or t.state ~= 'w' then isKnown = true end
  end
  if isKnown and matches[ARGV[from + 1]] == nil then known[#known + 1] = ARGV[from + 1] end
end
if #known > 0 then loadMatches(pool, known) end

-- Ends a ticket whose detail is known.
local function ends(t, state)
  becomes(t, state, '')
  each(t.players, frees)
end

-- Whether a ticket waits. One whose record is not whole does not.
local function waits(t)
  if not t or t.state ~= 'w' then return false end
  if find(fill(t).rest or '', '\t', 1, true) then return true end
  return broken(t)
end

local function claim(index, from)
  local id, count = ARGV[from + 1], tonumber(ARGV[from + 2])
  local known = matches[id]
  if known and known.state ~= 'r' then return end
  local gone
  local ids = {}
  for place = 1, count do
    local one = ARGV[from + 2 + place]
    ids[place] = one
    if known or not waits(tickets[one]) then
      gone = gone or {}
      gone[#gone + 1] = one
    end
  end
  if gone then return says(index, 'gone', concat(gone, ' ')) end
  local m = {
    id = id, pool = pool, state = 'c', ids = ids, players = ARGV[from + 3 + count], raw = ARGV[from + 4 + count],
    isChanged = false
  }
  matches[id] = m
  changed(m)
  for place = 1, count do becomes(tickets[ids[place]], 'c', id) end
  tell(pool, 'c', id)
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
  if not read(m) then return says(index, 'unknown') end
  local answers = '\t' .. m.answers .. '\t'
  local all, accepted = true, {}
  for _, one in ipairs(idsOf(m)) do
    local t = tickets[one]
    accepted[one] = true
    if t and detail(t) then
      for name in string.gmatch(t.players, '[^\t]+') do
        if not find(answers, '\t1' .. name .. '\t', 1, true) then accepted[one] = false end
      end
    end
    all = all and accepted[one]
  end
  if all and reason == 'unanswered' then return says(index, 'accepted') end
  local dropped = {}
  for _, one in ipairs(idsOf(m)) do
    local t = tickets[one]
    if t and t.state == 'c' and detail(t) then
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
  pool.isReleased, mayBeReleased = true, true
  tell(pool, 'r', id .. '\t' .. reason .. '\t' .. concat(dropped, ' '))
end

local function settle(index, id, assignment)
  local m = matches[id]
  if not m or m.state ~= 'c' then
    local outcome = past(m)
    return outcome ~= 'settled' and says(index, outcome)
  end
  if (assignment ~= '' or not m.players) and not read(m) then return says(index, 'unknown') end
  if assignment ~= '' then m.assignment = assignment end
  m.state = 's'
  changed(m)
  local ids = idsOf(m)
  for place = 1, #ids do
    local t = tickets[ids[place]]
    if t and t.state == 'c' then becomes(t, 'm', id) end
  end
  each(m.players, frees)
  tell(pool, 's', id .. '\t' .. assignment)
end

-- Claims and settles: what most matches are, so it takes no more steps than it must.
local function pair(index, from)
  local id, count = ARGV[from + 1], tonumber(ARGV[from + 2])
  local isUsual = not matches[id]
  for place = from + 3, from + 2 + count do
    local t = tickets[ARGV[place]]
    if not t or t.state ~= 'w' or (t.asked and not detail(t)) then isUsual = false end
  end
  if not isUsual then
    claim(index, from)
    return settle(index + 1, id, '')
  end
  for place = from + 3, from + 2 + count do becomes(tickets[ARGV[place]], 'm', id) end
  local m = { id = id, pool = pool, state = 's', raw = ARGV[from + 4 + count], isChanged = true }
  matches[id] = m
  closedCount = closedCount + 1
  closed[closedCount] = m
  each(ARGV[from + 3 + count], frees)
  tell(pool, 'C', id)
  pool.seq = pool.seq + 1
end

local function deliver(index, from)
  local m = matches[ARGV[from + 1]]
  if m and m.state == 's' then
    m.state = 'd'
    changed(m)
    return tell(pool, 'd', m.id)
  end
  if not m or m.state ~= 'd' then says(index, 'unknown') end
end

local function expire(index, from)
  local t = tickets[ARGV[from + 1]]
  if not t or t.state == 'l' then return says(index, 'unknown') end
  if t.state == 'c' or t.state == 'm' then return says(index, 'claimed') end
  if t.state == 'x' then return end
  if not detail(t) then return says(index, 'unknown') end
  local due = tonumber(t.expires) or math.huge
  if t.heartbeat ~= '' then
    due = math.min(due, tonumber(t.seen ~= '' and t.seen or t.joined) + tonumber(t.heartbeat))
  end
  if tonumber(now) < due then return says(index, 'live') end
  ends(t, 'x')
  tell(pool, 'x', t.id, true)
end

local STEPS = {
  c = claim, p = pair, r = release, d = deliver, x = expire,
  s = function(index, from) return settle(index, ARGV[from + 1], ARGV[from + 2]) end
}
for index = 1, inputCount do STEPS[ARGV[inputs[index]]](places[index], inputs[index]) end
commit()
return { outcomes, unreadable() }
`}`,
};
