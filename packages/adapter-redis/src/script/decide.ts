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
 * `c match count tickets… record`; for matches that are claimed and settled at once, all of so many tickets and
 * players, `p matches tickets players`, then all the tickets, all the players, and each match with its record;
 * `s match assignment`, `d match`, `x ticket` or `r match reason count drops…`.
 *
 * Answers as `submit` does, or with `lost`. Either all of the batch takes effect, or nothing.
 */
export const DECIDE: Script = {
  name: "decide",
  text: `${LIFE}${String.raw`
local ARGV = ARGV
local pool = poolAt(ARGV[6])
if pool.fence ~= ARGV[7] then return '${LOST}' end
-- Whoever decides is there to hear of it.
pool.hears = true

local wanted, asked, later = {}, {}, {}
local inputs, places, inputCount, wantedCount, place = {}, {}, 0, 0, 0

local function wants(from, count)
  for index = from, from + count - 1 do
    wantedCount = wantedCount + 1
    wanted[wantedCount] = ARGV[index]
  end
end

local at, last = 8, #ARGV
while at <= last do
  local kind, id = ARGV[at], ARGV[at + 1]
  inputCount = inputCount + 1
  inputs[inputCount], places[inputCount] = at, place
  if kind == 'p' then
    local count, size = tonumber(id), tonumber(ARGV[at + 2])
    wants(at + 4, count * size)
    at = at + 4 + count * (size + ARGV[at + 3] + 2)
    place = place + 2 * count
  else
    place = place + 1
    if kind == 'c' then
      local count = tonumber(ARGV[at + 2])
      wants(at + 3, count)
      at = at + 4 + count
    elseif kind == 'x' then
      wants(at + 1, 1)
      at = at + 2
    else
      asked[#asked + 1] = id
      if kind ~= 'd' then later[#later + 1] = id end
      if kind == 'd' then at = at + 2
      elseif kind == 's' then at = at + 3
      else at = at + 4 + ARGV[at + 3] end
    end
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
local fresh = {}
local areAllHere = load(pool, wanted, fresh)

-- What pairs make of those who waited, and of themselves, until something more happens to them.
local MATCHED = { state = 'm' }
local paired = {}

local function ticketAt(id)
  local record = fresh[id]
  if not record then return tickets[id] end
  if record == 'm' then return MATCHED end
  fresh[id] = nil
  local t = parse(pool, 'waiting', id, record)
  tickets[id] = t
  return t
end

local function matchAt(id)
  local record = paired[id]
  if not record then return matches[id] end
  paired[id] = nil
  local m = { id = id, pool = pool, at = true, state = 's', raw = record, isChanged = false }
  matches[id] = m
  return m
end

-- A match whose tickets all wait is not known, unless it was released: those that may be are looked up.
local mayBeReleased = time.now < pool.released + 3 * spans.width
if mayBeReleased or not areAllHere then
  local known = {}
  local function look(id, from, count)
    local isKnown = mayBeReleased
    for place = from, from + count - 1 do
      local t = ticketAt(ARGV[place])
      if not t or t.state ~= 'w' then isKnown = true end
    end
    if isKnown and matches[id] == nil then known[#known + 1] = id end
  end
  for index = 1, inputCount do
    local from = inputs[index]
    local kind = ARGV[from]
    if kind == 'c' then
      look(ARGV[from + 1], from + 3, ARGV[from + 2])
    elseif kind == 'p' then
      local count, size = tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2])
      local made = from + 4 + count * (size + ARGV[from + 3])
      for one = 0, count - 1 do look(ARGV[made + 2 * one], from + 4 + one * size, size) end
    end
  end
  if #known > 0 then loadMatches(pool, known) end
end

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

local function claim(index, id, from, count, record)
  local known = matchAt(id)
  if known and known.state ~= 'r' then return end
  local gone
  local ids = {}
  for place = 1, count do
    local one = ARGV[from + place - 1]
    ids[place] = one
    if known or not waits(ticketAt(one)) then
      gone = gone or {}
      gone[#gone + 1] = one
    end
  end
  if gone then return says(index, 'gone', concat(gone, ' ')) end
  local m = { id = id, pool = pool, state = 'c', ids = ids, raw = record, isChanged = false }
  matches[id] = m
  changed(m)
  for place = 1, count do becomes(ticketAt(ids[place]), 'c', id) end
  tell(pool, 'c', id)
end

-- What a match that is not claimed is for who would release or settle it.
local function past(m)
  return not m and 'unknown' or m.state == 'r' and 'released' or 'settled'
end

local function release(index, from)
  local id, reason = ARGV[from + 1], ARGV[from + 2]
  local m = matchAt(id)
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
    local t = ticketAt(one)
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
    local t = ticketAt(one)
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
  local m = matchAt(id)
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
    local t = ticketAt(ids[place])
    if t and t.state == 'c' then becomes(t, 'm', id) end
  end
  each(m.players, frees)
  tell(pool, 's', id .. '\t' .. assignment)
end

-- Whether all of a match wait, and asked for nothing: nothing more of them has to be known.
local function areUsual(id, from, last)
  if paired[id] or matches[id] then return false end
  for place = from, last do
    local record = fresh[ARGV[place]]
    if not record or record == 'm' then return false end
  end
  return true
end

-- Claims and settles matches of one shape, which is what most calls do, so it takes no more steps than it must: what
-- is written of them stands side by side in the arguments. From the first one on that is not as usual, each is a claim
-- and a settling.
local function pairUp(index, from)
  local count, size, width = tonumber(ARGV[from + 1]), tonumber(ARGV[from + 2]), tonumber(ARGV[from + 3])
  local ids = from + 4
  local names = ids + count * size
  local made = names + count * width
  local matched = listOf(sets, endedNow)
  local done, first, n = 0, ids, matched.n
  while done < count do
    local id = ARGV[made + 2 * done]
    local last = first + size - 1
    if not areUsual(id, first, last) then break end
    local record = 'm--\n' .. id .. '\n'
    for place = first, last do
      local one = ARGV[place]
      fresh[one] = 'm'
      matched[n + 1], matched[n + 2] = one, record
      n = n + 2
    end
    paired[id] = ARGV[made + 2 * done + 1]
    tell(pool, 'C', id)
    pool.seq = pool.seq + 1
    done, first = done + 1, last + 1
  end
  matched.n = n
  range(listOf(gone, pool.waiting), ids, done * size)
  range(free, names, done * width)
  range(listOf(sets, pool.pending), made, done * 2)
  for one = done, count - 1 do
    local id = ARGV[made + 2 * one]
    claim(index + 2 * one, id, ids + one * size, size, ARGV[made + 2 * one + 1])
    settle(index + 2 * one + 1, id, '')
  end
end

local function deliver(index, from)
  local m = matchAt(ARGV[from + 1])
  if m and m.state == 's' then
    m.state = 'd'
    changed(m)
    return tell(pool, 'd', m.id)
  end
  if not m or m.state ~= 'd' then says(index, 'unknown') end
end

local function expire(index, from)
  local t = ticketAt(ARGV[from + 1])
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
  c = function(index, from)
    local count = tonumber(ARGV[from + 2])
    return claim(index, ARGV[from + 1], from + 3, count, ARGV[from + 3 + count])
  end,
  p = pairUp, r = release, d = deliver, x = expire,
  s = function(index, from) return settle(index, ARGV[from + 1], ARGV[from + 2]) end
}
for index = 1, inputCount do STEPS[ARGV[inputs[index]]](places[index], inputs[index]) end
commit()
return { outcomes, unreadable() }
`}`,
};
