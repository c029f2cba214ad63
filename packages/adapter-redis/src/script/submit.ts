import type { Script } from "../connection/script.js";
import { LIFE } from "./life.js";

/**
 * Takes up requests of one queue, in their order, as the life of a ticket says.
 *
 * Keys: `players` of the queue, and for each pool that is named `pool`, `waiting`, `claimed`, `pending` and `changes`;
 * what has ended and who is found by a player's name is reached by names that are made here, with the same hash tag.
 *
 * Arguments: tag, now, retainMs, dedupeMs, link, and then for each request
 * `j place id most request players record`, `l place id`, `b place id` or `a place match player 0|1`.
 *
 * Answers with what is not the usual outcome, as index, outcome and what it is about, one after the other, and with the
 * ids of records that could not be read. Either all of the batch takes effect, or nothing.
 */
export const SUBMIT: Script = {
  name: "submit",
  text: `${LIFE}${String.raw`
local wanted, asked, names, keys = {}, {}, { n = 0 }, {}
local inputs = {}

local function noted(name, list) remove(list, name) end

local WIDTH = { j = 7, l = 3, b = 3, a = 5 }
local at = 6
while at <= #ARGV do
  local kind, place = ARGV[at], ARGV[at + 1]
  inputs[#inputs + 1] = at
  remove(listOf(kind == 'a' and asked or wanted, place), ARGV[at + 2])
  if kind == 'j' then
    each(ARGV[at + 5], noted, names)
    if ARGV[at + 4] ~= '' then keys[#keys + 1] = ARGV[at + 4] end
  end
  at = at + WIDTH[kind]
end
names.n = nil
for _, place in ipairs(wanted) do load(poolAt(place), wanted[place]) end
for _, place in ipairs(asked) do loadMatches(poolAt(place), asked[place]) end
hmget(KEYS[1], names, function(name, id) players[name] = id end)
mget(tag .. 'request:', keys, function(key, id) requests[key] = id end)

local changedPlayers, touched, changedCount = {}, {}, 0
local function player(name, id)
  if not touched[name] then
    touched[name] = true
    changedCount = changedCount + 1
    changedPlayers[changedCount] = name
  end
  players[name] = id
end

-- Ends a ticket whose detail is known.
local function ends(t, state)
  t.pool.more = t.pool.more - 1
  becomes(t, state, '')
  each(t.players, player, false)
end

-- The live ticket of a player. One that is not there any more, or that has ended, is in nobody's way.
local function liveOf(name)
  local id = players[name]
  local t = id and ticket(id)
  return t and (t.state == 'w' or t.state == 'c') and detail(t) or nil
end

-- The ticket that a request made, live or ended.
local function madeBy(request)
  local one = requests[request]
  local t
  if find(one, '\n', 1, true) then t = parse(nil, nil, '', one) else t = ticket(one) end
  return t and detail(t)
end

local function join(index, pool, id, most, request, names, record)
  local other = ticket(id)
  -- Of one that is matched the rest is with its match; who sends it again has it.
  if other and other.rest == '' then return says(index, 'same') end
  other = other and detail(other)
  if not other and request ~= '' and requests[request] then
    other = madeBy(request)
  end
  if other then return says(index, 'same', other.body) end
  if find(names, '\t', 1, true) then
    for name in string.gmatch(names, '[^\t]+') do
      other = other or liveOf(name)
    end
  else
    other = liveOf(names)
  end
  if other then return says(index, 'conflict', other.body) end
  if most ~= '' then
    pool.size = pool.size or call('HLEN', pool.waiting)
    local waiting = pool.size + pool.more
    if waiting >= tonumber(most) then return says(index, 'full', format('%.0f', waiting)) end
  end
  local t = {
    id = id, pool = pool, state = 'w', match = '', asked = request ~= '', raw = record, isNew = true, isChanged = false
  }
  tickets[id] = t
  pool.more = pool.more + 1
  becomes(t, 'w', '')
  each(names, player, id)
  if request ~= '' then
    requests[request] = id
    made[#made + 1], made[#made + 2] = tag .. 'request:' .. request, id
  end
  tell(pool, 'j', record)
end

local function leave(index, pool, id)
  local t = ticket(id)
  if t and t.state == 'w' and detail(t) then
    ends(t, 'l')
    t.isNew = nil
    return tell(pool, 'l', id, true)
  end
  if t and t.state == 'l' then return end
  if not t or t.match == '' then return says(index, 'unknown') end
  says(index, 'claimed', t.match)
  if t.state == 'c' and not t.leaving then
    t.leaving = true
    becomes(t, 'c', t.match)
    tell(pool, 'y', id)
  end
end

local function beat(index, pool, id)
  local t = ticket(id)
  if not t or (t.state ~= 'w' and t.state ~= 'c') then return says(index, 'ended') end
  if not detail(t) then return says(index, 'ended') end
  if t.heartbeat == '' then return end
  fill(t)
  t.seen, t.isNew = now, nil
  becomes(t, t.state, t.match)
  tell(pool, 'b', id)
end

local function has(list, one)
  return find('\t' .. list .. '\t', '\t' .. one .. '\t', 1, true) ~= nil
end

local function answer(index, pool, id, name, accepted)
  local m = matches[id]
  if not m or not read(m) or not has(m.players, name) then return says(index, 'unknown') end
  if has(m.answers, '1' .. name) or has(m.answers, '0' .. name) then return says(index, 'already') end
  if m.state ~= 'c' or m.acceptBy == '' or tonumber(now) >= tonumber(m.acceptBy) then return says(index, 'closed') end
  m.answers = (m.answers == '' and '' or m.answers .. '\t') .. accepted .. name
  changed(m)
  tell(pool, 'a', id .. '\t' .. accepted .. name)
end

local STEPS = { j = join, l = leave, b = beat, a = answer }
for index = 1, #inputs do
  local from = inputs[index]
  local kind = ARGV[from]
  STEPS[kind](index - 1, poolAt(ARGV[from + 1]), unpack(ARGV, from + 2, from + WIDTH[kind] - 1))
end
local live = { n = 0 }
for index = 1, changedCount do
  local name = changedPlayers[index]
  if players[name] then add(live, name, players[name]) else frees(name) end
end
commit(live)
return { outcomes, unreadable() }
`}`,
};
