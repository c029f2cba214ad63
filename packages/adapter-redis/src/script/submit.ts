import type { Script } from "../connection/script.js";
import { LIFE } from "./life.js";

/**
 * Takes up requests of one queue, in their order, as the life of a ticket says.
 *
 * Keys: `players` of the queue, and for each pool that is named `pool`, `waiting`, `claimed`, `pending` and `changes`;
 * what has ended and who is found by a player's name is reached by names that are made here, with the same hash tag.
 *
 * Arguments: tag, now, retainMs, dedupeMs, link, and then for each request
 * `j place id most request players tail`, `l place id`, `b place id` or `a place match player 0|1`.
 *
 * Answers with what is not the usual outcome, as index, outcome and what it is about, one after the other, and with the
 * ids of records that could not be read. Either all of the batch takes effect, or nothing.
 */
export const SUBMIT: Script = {
  name: "submit",
  text: `${LIFE}${String.raw`
local wanted, asked, names, keys = {}, {}, {}, {}
local inputs = {}

local function want(list, place, id)
  local ids = listOf(list, place)
  ids[#ids + 1] = id
end

local WIDTH = { j = 7, l = 3, b = 3, a = 5 }
local at = 6
while at <= #ARGV do
  local kind, place = ARGV[at], ARGV[at + 1]
  inputs[#inputs + 1] = at
  if kind == 'a' then want(asked, place, ARGV[at + 2]) else want(wanted, place, ARGV[at + 2]) end
  if kind == 'j' then
    for name in string.gmatch(ARGV[at + 5], '[^\t]+') do names[#names + 1] = name end
    if ARGV[at + 4] ~= '' then keys[#keys + 1] = ARGV[at + 4] end
  end
  at = at + WIDTH[kind]
end
for _, place in ipairs(wanted) do load(poolAt(place), wanted[place]) end
for _, place in ipairs(asked) do loadMatches(poolAt(place), asked[place]) end
hmget(KEYS[1], names, function(name, id) players[name] = id end)
mget(tag .. 'request:', keys, function(key, id) requests[key] = id end)

-- The live ticket of a player. One that is not there any more, or that has ended, is in nobody's way.
local function liveOf(name)
  local id = players[name]
  local t = id and ticket(id)
  return t and (t.state == 'w' or t.state == 'c') and t or nil
end

local function join(index, pool, id, most, request, names, tail)
  local other = ticket(id) or (request ~= '' and requests[request] and ticket(requests[request]))
  if other then return says(index, 'same', detail(other).body) end
  for name in string.gmatch(names, '[^\t]+') do
    other = liveOf(name)
    if other then return says(index, 'conflict', detail(other).body) end
  end
  if most ~= '' then
    pool.size = pool.size or call('HLEN', pool.waiting)
    local waiting = pool.size + pool.more
    if waiting >= tonumber(most) then return says(index, 'full', format('%.0f', waiting)) end
  end
  local t = {
    id = id, pool = pool, state = '', leaving = false, seen = '', match = '', players = names, request = request,
    rest = request .. '\n' .. names .. '\n' .. tail
  }
  t.joined, t.expires, t.heartbeat, t.body = match(tail, '^(%S*) (%S*) (%S*)\n(.*)$')
  tickets[id] = t
  becomes(t, 'w', '')
  for name in string.gmatch(names, '[^\t]+') do player(name, id) end
  if request ~= '' then
    requests[request] = id
    made[#made + 1], made[#made + 2] = tag .. 'request:' .. request, id
  end
  tell(pool, 'j' .. request .. '\t' .. t.body)
end

local function leave(index, pool, id)
  local t = ticket(id)
  if t and t.state == 'w' then
    ends(t, 'l')
    return tell(pool, 'l' .. id, true)
  end
  if t and t.state == 'l' then return end
  if not t or t.match == '' then return says(index, 'unknown') end
  says(index, 'claimed', t.match)
  if t.state == 'c' and not t.leaving then
    t.leaving = true
    becomes(t, 'c', t.match)
    tell(pool, 'y' .. id)
  end
end

local function beat(index, pool, id)
  local t = ticket(id)
  if not t or (t.state ~= 'w' and t.state ~= 'c') then return says(index, 'ended') end
  if detail(t).heartbeat == '' then return end
  t.seen = now
  becomes(t, t.state, t.match)
  tell(pool, 'b' .. id)
end

local function has(list, one)
  return find('\t' .. list .. '\t', '\t' .. one .. '\t', 1, true) ~= nil
end

local function answer(index, pool, id, name, accepted)
  local m = matches[id]
  if not m or not has(read(m).players, name) then return says(index, 'unknown') end
  if has(m.answers, '1' .. name) or has(m.answers, '0' .. name) then return says(index, 'already') end
  if m.state ~= 'c' or m.acceptBy == '' or nowMs >= tonumber(m.acceptBy) then return says(index, 'closed') end
  m.answers = (m.answers == '' and '' or m.answers .. '\t') .. accepted .. name
  changed(m)
  tell(pool, 'a' .. id .. '\t' .. accepted .. name)
end

local STEPS = { j = join, l = leave, b = beat, a = answer }
for index = 1, #inputs do
  local from = inputs[index]
  local kind = ARGV[from]
  STEPS[kind](index - 1, poolAt(ARGV[from + 1]), unpack(ARGV, from + 2, from + WIDTH[kind] - 1))
end
commit()
return { outcomes, unreadable() }
`}`,
};
