import type { Redis } from "ioredis";
import type { GonePlayer, PresenceRows, ProcessName } from "../shared/presence.js";
import { inParts, scriptOn } from "./script.js";

/** How many players are taken out at once. */
const MOST = 200;

/**
 * What scripts of presence share. Of a player `<prefix>:at:<player>` is a hash of processes: empty while there is a
 * connection, the instant of the last one's end after it. Of a process `<prefix>:of:<process>` is the set of players who
 * have it in theirs. `<prefix>:leaving` has `<process> <player>` by the instant at which that player left, and
 * `<prefix>:processes` the processes by the instant at which they were last heard of.
 */
const SHARED = `
local prefix = ARGV[1]
local processes, leaving = prefix .. ':processes', prefix .. ':leaving'
local function at(player) return prefix .. ':at:' .. player end
local function of(process) return prefix .. ':of:' .. process end
`;

/** Arguments: prefix, process, then players, each followed by 1 if they are here and 0 if they have just left. */
const NOTE = `${SHARED}
local process = ARGV[2]
redis.call('zadd', processes, now, process)
for index = 3, #ARGV, 2 do
  local player = ARGV[index]
  redis.call('sadd', of(process), player)
  if ARGV[index + 1] == '1' then
    redis.call('hset', at(player), process, '')
    redis.call('zrem', leaving, process .. ' ' .. player)
  else
    redis.call('hset', at(player), process, now)
    redis.call('zadd', leaving, now, process .. ' ' .. player)
  end
end`;

/** Arguments: prefix, process. Promise: the process lives; 1 where it was known. */
const BEAT = `${SHARED}
return 1 - redis.call('zadd', processes, now, ARGV[2])`;

/**
 * Arguments: prefix, grace period, how long a process may be silent, how many to take out. Promise: whose grace period is
 * over and whose process is dead is taken out; answers 1 if there may be more of them, and then the players who are
 * nowhere any more, each followed by 1 if they were lost with their process.
 */
const REAP = `${SHARED}
local graceMs, deadMs, most = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local out, isLost, isMore = {}, {}, 0
local function take(process, player)
  if redis.call('hget', at(player), process) == '' then isLost[player] = '1' end
  redis.call('hdel', at(player), process)
  redis.call('srem', of(process), player)
  redis.call('zrem', leaving, process .. ' ' .. player)
end
local function taken(process, player)
  take(process, player)
  if not isLost[player] then isLost[player] = '0' end
  out[#out + 1] = player
end
local over = redis.call('zrangebyscore', leaving, '-inf', now - graceMs, 'limit', 0, most)
if #over == most then isMore = 1 end
for _, member in ipairs(over) do taken(string.match(member, '^(%S+) (.*)$')) end
for _, process in ipairs(redis.call('zrangebyscore', processes, '-inf', now - deadMs)) do
  local players = redis.call('srandmember', of(process), most)
  if #players == most then isMore = 1 else redis.call('zrem', processes, process) end
  for _, player in ipairs(players) do taken(process, player) end
end
local answer = { isMore }
local told = {}
for _, player in ipairs(out) do
  local rows = redis.call('hgetall', at(player))
  local stays = told[player]
  for index = 1, #rows, 2 do
    local left = rows[index + 1]
    if left == '' or tonumber(left) > now - graceMs then stays = true end
  end
  if not stays then
    -- What else there is of them is over, too: they are told of once.
    for index = 1, #rows, 2 do take(rows[index], player) end
    answer[#answer + 1] = player
    answer[#answer + 1] = isLost[player]
  end
  told[player] = true
end
return answer`;

/** Arguments: prefix, player, how long a process may be silent. Promise: 1 if the player has a connection. */
const ANYWHERE = `${SHARED}
local rows = redis.call('hgetall', at(ARGV[2]))
for index = 1, #rows, 2 do
  local seen = tonumber(redis.call('zscore', processes, rows[index]) or 0)
  if rows[index + 1] == '' and seen > now - ARGV[3] then return 1 end
end
return 0`;

/** Presence as keys, which have no end: whoever finds a dead process takes out what it noted. */
export class PresenceKeys implements PresenceRows {
  readonly #note;
  readonly #beat;
  readonly #reap;
  readonly #anywhere;

  constructor(
    client: Redis,
    private readonly prefix: string,
  ) {
    this.#note = scriptOn(client, "duelPresenceNote", NOTE);
    this.#beat = scriptOn(client, "duelPresenceBeat", BEAT);
    this.#reap = scriptOn(client, "duelPresenceReap", REAP);
    this.#anywhere = scriptOn(client, "duelPresenceAnywhere", ANYWHERE);
  }

  async note(processId: string, players: ReadonlyMap<string, boolean>): Promise<void> {
    for (const part of inParts([...players])) {
      const noted = part.flatMap(([playerId, isHere]) => [playerId, isHere ? 1 : 0]);
      await this.#note([], this.prefix, processId, ...noted);
    }
  }

  async beat({ id }: ProcessName): Promise<boolean> {
    return (await this.#beat([], this.prefix, id)) === 1;
  }

  async reap(graceMs: number, deadMs: number): Promise<GonePlayer[]> {
    const gone: GonePlayer[] = [];
    for (;;) {
      const answer = await this.#reap([], this.prefix, graceMs, deadMs, MOST);
      const [isMore, ...players] = answer as [number, ...string[]];
      for (let index = 0; index < players.length; index += 2)
        gone.push({ playerId: players[index]!, isLost: players[index + 1] === "1" });
      if (isMore === 0) return gone;
    }
  }

  async isAnywhere(playerId: string, deadMs: number): Promise<boolean> {
    return (await this.#anywhere([], this.prefix, playerId, deadMs)) === 1;
  }
}
