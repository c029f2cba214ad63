import type { Script } from "../connection/script.js";

/**
 * Asks the owner of a pool, by an entry in the stream of its changes. Keys: `pool`, `changes`. Arguments: where the
 * answer goes, and the question.
 *
 * Answers with the fence of the owner who is asked; with nothing where the pool has none that lives.
 */
export const ASK: Script = {
  name: "ask",
  text: String.raw`
local stand = redis.call('HMGET', KEYS[1], 'owner', 'until', 'fence', 'seq', 'tick')
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if (stand[1] or '') == '' or tonumber(stand[2] or 0) <= now then return '' end
redis.call('XLEN', KEYS[2])
local tick = string.format('%.0f', (stand[5] or 0) + 1)
redis.call('HSET', KEYS[1], 'tick', tick)
redis.call('XADD', KEYS[2], (stand[4] or '0') .. '-' .. tick, 'ask', ARGV[2], 'to', ARGV[1])
return stand[3]
`,
};

/**
 * Looks whether a question is answered. Keys: the answer, `pool`. Arguments: the fence of the owner who was asked.
 * Answers with the answer; with `gone` where that owner runs the pool no longer, or is dead; else with nothing.
 */
export const ANSWERED: Script = {
  name: "answered",
  text: String.raw`
local answer = redis.call('GET', KEYS[1])
if answer then
  redis.call('DEL', KEYS[1])
  return answer
end
local stand = redis.call('HMGET', KEYS[2], 'owner', 'until', 'fence')
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
if stand[3] ~= ARGV[1] or (stand[1] or '') == '' or tonumber(stand[2] or 0) <= now then return 'gone' end
return ''
`,
};
