import { HANDLER_BATCH } from "@evenmatch/core/adapter";
import type { Script } from "../connection/script.js";

/** The one consumer under which all members of a group read: the token says which of them may. */
const CONSUMER = "members";

// A group is a consumer group of the log, and a hash: 'token' of the member that works now, 'until' when in the
// server's ms, how many 'tries' what it works on was begun, whether it is 'wanted' by others, 'turn', the newest entry of
// the stream by which others are told that it is their turn, and 'at', the last event that was given to anybody.
const COMMON = `
local log, hash, turns = KEYS[1], KEYS[2], KEYS[3]
local function now()
  local time = redis.call('time')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
local function whole(number) return string.format('%.0f', number) end
local function ring()
  local turn = redis.call('xadd', turns, 'maxlen', 1, '*', 'turn', 1)
  redis.call('hset', hash, 'wanted', 0, 'turn', turn)
end
local function older(one, other)
  local time, count = string.match(one, '(%d+)-(%d+)')
  local otherTime, otherCount = string.match(other, '(%d+)-(%d+)')
  if time ~= otherTime then return tonumber(time) < tonumber(otherTime) end
  return tonumber(count) < tonumber(otherCount)
end
-- Whether the log was shortened behind where the group is: the last that it was given is gone, and all before it.
local function isCut(at)
  if not at or #redis.call('xrange', log, at, at) > 0 then return false end
  local oldest = redis.call('xrange', log, '-', '+', 'count', 1)[1]
  return oldest and older(at, oldest[1])
end
-- Up to so many entries that nobody has acknowledged, or else new ones, not too many bytes together.
local function gather(name, tries, budget, few)
  local limit = math.max(1, math.floor(${HANDLER_BATCH} / 4 ^ math.min(tries - 1, 10)))
  local got, bytes, missed = {}, 0, 0
  local function add(id, fields)
    local text = fields[1] == 'mark' and '' or fields[1] == 'e' and fields[2] or table.concat(fields, ' ')
    got[#got + 1] = { id, fields[1] == 'mark' and 1 or 0, text }
    bytes = bytes + #text
  end
  local pending = redis.pcall('xpending', log, name, '-', '+', limit)
  if pending.err then return pending end
  for _, one in ipairs(pending) do
    local entry = redis.call('xrange', log, one[1], one[1])[1]
    if entry then
      add(entry[1], entry[2])
    else
      redis.call('xack', log, name, one[1])
      missed = missed + 1
    end
    if bytes >= budget then break end
  end
  if #got == 0 then
    local at = redis.call('hget', hash, 'at')
    if isCut(at) then missed = missed + 1 end
    while #got < limit and bytes < budget do
      local count = few
      if bytes > 0 then count = math.max(1, math.min(limit, math.floor((budget - bytes) / (bytes / #got)))) end
      count = math.min(count, limit - #got)
      local page = redis.call('xreadgroup', 'group', name, '${CONSUMER}', 'count', count, 'streams', log, '>')
      local entries = page and page[1] and page[1][2] or {}
      for _, entry in ipairs(entries) do add(entry[1], entry[2]) end
      if #entries < count then break end
    end
    if #got > 0 then redis.call('hset', hash, 'at', got[#got][1]) end
  end
  return { got = got, missed = missed }
end`;

export const ENTER: Script = {
  name: "enter group",
  text: `
-- Keys: the log, the group. Arguments: the group's name.
-- Makes the group where there is none: it gets what is published from now on. Answers with 1 where it did.
local newest = redis.call('xrevrange', KEYS[1], '+', '-', 'count', 1)[1]
local at = newest and newest[1] or redis.call('xadd', KEYS[1], '*', 'mark', '1')
local made = redis.pcall('xgroup', 'create', KEYS[1], ARGV[1], at)
if made.err then
  if string.find(made.err, 'BUSYGROUP') then return 0 end
  return made
end
redis.call('del', KEYS[2])
redis.call('hset', KEYS[2], 'at', at)
return 1`,
};

export const TAKE: Script = {
  name: "take events",
  text: `${COMMON}
-- Keys: the log, the group, its turns. Arguments: the group's name, a token that nobody had before, for how long in ms,
-- how many bytes, how many entries at once in the beginning.
-- Gives the next events to the member, and nobody else any until it is done or its time is over. Answers with
-- 'gone' where there is no such group; 'held', for how long by somebody else, and the newest turn; 'none' and the id
-- behind which news come; or 'taken', how often the first were begun, how many were lost unread, and the entries.
local name, token, lease, budget, few = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local state = redis.call('hmget', hash, 'until', 'tries', 'turn', 'at')
local left = tonumber(state[1] or 0) - now()
if left > 0 then
  redis.call('hset', hash, 'wanted', 1)
  return { 'held', left, state[3] or '0-0' }
end
local tries = tonumber(state[2] or 0) + 1
local found = gather(name, tries, budget, few)
if found.err then
  if string.find(found.err, 'NOGROUP') then return { 'gone' } end
  return found
end
if #found.got == 0 and found.missed == 0 then return { 'none', state[4] or '0-0' } end
redis.call('hset', hash, 'token', token, 'until', whole(now() + lease), 'tries', tries, 'wanted', 0)
return { 'taken', tries, found.missed, found.got }`,
};

export const ACKNOWLEDGE: Script = {
  name: "acknowledge events",
  text: `${COMMON}
-- Keys: the log, the group, its turns. Arguments: the group's name, the member's token, for how long in ms, how many
-- bytes, how many entries at once in the beginning, 1 where the member takes no more, 1 where it had a good turn, ids.
-- Acknowledges these events and gives the member the next, but when it takes no more, or when others wait and it had its
-- turn.
-- Answers with 'lost' where another member has taken over; 'released' where there is nothing more for it; or as 'take'
-- does.
local name, token, lease, budget, few = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local state = redis.call('hmget', hash, 'token', 'wanted')
if state[1] ~= token then return { 'lost' } end
for i = 8, #ARGV do redis.call('xack', log, name, ARGV[i]) end
local isWanted = state[2] == '1'
if ARGV[6] ~= '1' and not (isWanted and ARGV[7] == '1') then
  local found = gather(name, 1, budget, few)
  if found.err then return found end
  if #found.got > 0 or found.missed > 0 then
    redis.call('hset', hash, 'until', whole(now() + lease), 'tries', 1)
    return { 'taken', 1, found.missed, found.got }
  end
end
redis.call('hset', hash, 'token', '', 'until', 0, 'tries', 0)
if isWanted then ring() end
return { 'released' }`,
};

export const RENEW: Script = {
  name: "renew lease",
  text: `${COMMON}
-- Keys: the log, the group, its turns. Arguments: the member's token, for how long in ms.
-- Keeps the events for longer. Answers with 0 where another member has taken over.
if redis.call('hget', hash, 'token') ~= ARGV[1] then return 0 end
redis.call('hset', hash, 'until', whole(now() + tonumber(ARGV[2])))
return 1`,
};

export const LEAVE: Script = {
  name: "leave events",
  text: `${COMMON}
-- Keys: the log, the group, its turns. Arguments: the member's token, after how many ms, how often they were begun.
-- Leaves events unfinished: a member gets them again after that time.
if redis.call('hget', hash, 'token') ~= ARGV[1] then return end
redis.call('hset', hash, 'token', '', 'until', whole(now() + tonumber(ARGV[2])), 'tries', ARGV[3])
if ARGV[2] == '0' then ring() end`,
};

export const PUT_ASIDE: Script = {
  name: "put event aside",
  text: `
-- Keys: what is put aside. Arguments: the group's name, the event's id, its text, why.
-- Keeps an event that nobody was done with, for somebody to look at: the newest thousand or so.
redis.call('xadd', KEYS[1], 'maxlen', '~', 1000, '*', 'group', ARGV[1], 'id', ARGV[2], 'event', ARGV[3], 'reason', ARGV[4])`,
};

export const DROP: Script = {
  name: "drop group",
  text: `
-- Keys: the log, the group, its turns. Arguments: the group's name. Forgets the group, and what it has not read.
if redis.call('exists', KEYS[1]) == 1 then redis.call('xgroup', 'destroy', KEYS[1], ARGV[1]) end
redis.call('del', KEYS[2], KEYS[3])`,
};
