import type { Script } from "../connection/script.js";
import { SPANS } from "./spans.js";

/** How many entries the stream that wakes the owners of a queue keeps. */
export const NEWS_LENGTH = 100;

/** How long an owner that said nothing more is listed, in ms of the server's time: it may come back as who it was. */
const FORGOTTEN_AFTER = 60_000;

/**
 * Who offers to run pools. Keys: `owners`. Arguments: `beat` (it lives for so many ms more), `look` or `leave`, the
 * owner's name, its lease in ms, the queues that it offers separated by spaces.
 *
 * Answers with whether the owner was unknown or dead before, the server's time, and then each who lives: name, since
 * when, ms left, queues. Dead ones are forgotten after a while.
 */
export const OWNERS: Script = {
  name: "owners",
  text: String.raw`
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local kind, me, lease, queues = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
local all = redis.call('HGETALL', KEYS[1])
local isNew = 1
local since = now
local answer = { 1, string.format('%.0f', now) }
local gone, moved = {}, {}
local function record(lives, from, its, offers) return string.format('%.0f %s %s %s', lives, from, its, offers) end
for index = 1, #all, 2 do
  local name = all[index]
  local lives, from, its, offers = string.match(all[index + 1], '^(%d+) (%d+) (%d+) (.*)$')
  lives = tonumber(lives or 0)
  if its and lives > now + its then
    -- The clock went back, as after a fail-over: it lives for a lease from now on, and no longer.
    lives = now + its
    if name ~= me and kind ~= 'look' then moved[#moved + 1], moved[#moved + 2] = name, record(lives, from, its, offers) end
  end
  if name == me then
    since = tonumber(from or now)
    if lives > now then isNew = 0 end
  elseif lives > now then
    local n = #answer
    answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = name, from, string.format('%.0f', lives - now), offers
  elseif lives + ${FORGOTTEN_AFTER} < now then
    gone[#gone + 1] = name
  end
end
if kind == 'beat' then
  if isNew == 1 then since = now end
  redis.call('HSET', KEYS[1], me, record(now + lease, string.format('%.0f', since), lease, queues))
elseif kind == 'leave' then
  redis.call('HDEL', KEYS[1], me)
end
if kind ~= 'leave' and (kind == 'beat' or isNew == 0) then
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3], answer[n + 4] = me, string.format('%.0f', since), lease, queues
end
if #moved > 0 then redis.call('HSET', KEYS[1], unpack(moved)) end
if kind ~= 'look' and #gone > 0 then redis.call('HDEL', KEYS[1], unpack(gone)) end
answer[1] = isNew
return answer
`,
};

/**
 * The pools of a queue. Keys: `pools`. Arguments: tag. Answers with place, owner and fence of each, one after the
 * other. Changes nothing.
 */
export const POOLS: Script = {
  name: "pools",
  text: String.raw`
local answer = {}
for _, place in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local stand = redis.call('HMGET', ARGV[1] .. 'pool:' .. place, 'owner', 'fence')
  local n = #answer
  answer[n + 1], answer[n + 2], answer[n + 3] = place, stand[1] or '', stand[2] or ''
end
return answer
`,
};

/**
 * Gives a pool to an owner, or to nobody. The fence grows with every call, also where the server lost what it was told
 * last: it is no smaller than the server's clock.
 *
 * Keys: `pool`, `changes`, `news`, `pools`. Arguments: the owner's name or nothing, its lease in ms, the fence that the
 * pool is known to have, empty for one that never had any, and its place, which is listed from then on: a server that
 * has lost a new pool meanwhile would hold one that nobody finds.
 *
 * Answers with fence, seq, link and the id of the entry by which the stream tells of it; with nothing, and changes
 * nothing, where the pool has another fence by now.
 */
export const TAKE: Script = {
  name: "take",
  text: String.raw`
local stand = redis.call('HMGET', KEYS[1], 'fence', 'seq', 'link', 'tick')
if (stand[1] or '') ~= ARGV[3] then return {} end
redis.call('XLEN', KEYS[2])
redis.call('XLEN', KEYS[3])
redis.call('SISMEMBER', KEYS[4], ARGV[4])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local fence = string.format('%.0f', math.max(tonumber(stand[1] or 0) + 1, now))
local seq, tick = stand[2] or '0', string.format('%.0f', (stand[4] or 0) + 1)
local lives = string.format('%.0f', now + ARGV[2])
redis.call('HSET', KEYS[1], 'fence', fence, 'owner', ARGV[1], 'until', lives, 'tick', tick, 'seq', seq)
local id = seq .. '-' .. tick
local added = redis.pcall('XADD', KEYS[2], id, 'owner', ARGV[1])
if type(added) == 'table' and added.err then
  redis.call('UNLINK', KEYS[2])
  redis.call('XADD', KEYS[2], id, 'owner', ARGV[1])
end
redis.call('PERSIST', KEYS[2])
redis.call('SADD', KEYS[4], ARGV[4])
if ARGV[1] == '' then redis.call('XADD', KEYS[3], 'MAXLEN', '~', '${NEWS_LENGTH}', '*', 'owners', '1') end
return { fence, seq, stand[3] or '', id }
`,
};

/**
 * A part of what is in a pool. Keys: `pool`, and the hash to look at. Arguments: where to go on, and about how many
 * records at once.
 *
 * Answers with the name of the server's process, with fence, seq and link of the pool, where to go on after this part,
 * and the part: fields and records, one after the other. All are of one moment. Where to go on means something else to
 * another process, also to one that has the same records. Changes nothing.
 */
export const WALK: Script = {
  name: "walk",
  text: String.raw`
-- A host may keep this to itself, and be no worse a server.
local info = redis.pcall('INFO', 'server')
local process = type(info) == 'string' and string.match(info, 'run_id:(%x+)')
local stand = redis.call('HMGET', KEYS[1], 'fence', 'seq', 'link')
local part = redis.call('HSCAN', KEYS[2], ARGV[1], 'COUNT', ARGV[2])
return { process or '', stand[1] or '', stand[2] or '0', stand[3] or '', part[1], part[2] }
`,
};

/**
 * Says that the owner of pools of a queue lives, and throws away what it has told of them long ago, and what ended long
 * ago: in the background, where running out would free it all at once.
 *
 * Keys: for each pool `pool` and `changes`. Arguments: tag, retainMs, the owner's lease in ms, and for each pool its fence
 * and the entry up to which its stream is not needed any more, empty for none.
 *
 * Answers for each pool with its seq and link; with two empty texts where it has another fence.
 */
export const BEAT: Script = {
  name: "beat",
  text: `${SPANS}${String.raw`
local tag, retain, lease = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local time = timeOf(tag, now)
local answer = {}
for index = 1, #KEYS / 2 do
  local stand = redis.call('HMGET', KEYS[2 * index - 1], 'fence', 'seq', 'link')
  redis.call('XLEN', KEYS[2 * index])
  if stand[1] == ARGV[2 * index + 2] then
    answer[2 * index - 1], answer[2 * index] = stand[2] or '0', stand[3] or ''
  else
    answer[2 * index - 1], answer[2 * index] = '', ''
  end
end
for index = 1, #KEYS / 2 do
  if answer[2 * index - 1] ~= '' then
    redis.call('HSET', KEYS[2 * index - 1], 'until', string.format('%.0f', now + lease))
    local seq, tick = string.match(ARGV[2 * index + 3], '^(%d+)-(%d+)$')
    if seq then redis.call('XTRIM', KEYS[2 * index], 'MINID', seq .. '-' .. string.format('%.0f', tick + 1)) end
  end
end
keepTime(tag, time)
local spans = spansOf(time, retain)
for _, what in ipairs({ 'ended:', 'closed:' }) do
  redis.call('UNLINK', tag .. what .. spans[4], tag .. what .. spans[5], tag .. what .. spans[6])
end
return answer
`}`,
};

/**
 * Sets a record aside that cannot be read. Keys: the hash that it is in, `corrupt`. Arguments: its field, and the record
 * as it was found. Answers with 1 where it was still that one.
 */
export const ASIDE: Script = {
  name: "aside",
  text: String.raw`
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('HDEL', KEYS[1], ARGV[1])
return 1
`,
};

/**
 * Gives claimed tickets back to waiting whose match is not there any more: nobody would ever release them.
 *
 * Keys: `pool`, `claimed`, `waiting`, `pending`. Arguments: the fence of the owner who asks, and the tickets. Changes
 * nothing where the pool has another fence by now.
 */
export const GIVE_BACK: Script = {
  name: "give back",
  text: String.raw`
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return end
redis.call('HLEN', KEYS[3])
local records = redis.call('HMGET', KEYS[2], unpack(ARGV, 2))
for index, record in ipairs(records) do
  local head, match, rest = string.match(record or '', '^c[-y]([-q]%-?%d*)\n([^\n]*)\n(.*)$')
  if head and not redis.call('HGET', KEYS[4], match) then
    redis.call('HSET', KEYS[3], ARGV[index + 1], 'w-' .. head .. '\n\n' .. rest)
    redis.call('HDEL', KEYS[2], ARGV[index + 1])
  end
end
`,
};
