import {
  EvenmatchError,
  playersOf,
  type Match,
  type MatchFilter,
  type MatchPage,
  type MatchStore,
  type ReportOutcome,
  type Result,
  type SavedMatch,
} from "@evenmatch/core";
import { checkedLimit, decodeKey, encodeKey } from "@evenmatch/core/adapter";
import type { Redis } from "ioredis";
import { scriptOn } from "./script.js";

/** How long a match is kept, in ms, and how many are listed of a player. */
const KEPT = 30 * 24 * 60 * 60 * 1000;
const LISTED = 100;

/**
 * Keys: the match, and the lists of its players. Arguments: how long it is kept, how many are listed, the match as JSON,
 * its instant, its id. Promise: it is there, and listed with all of its players.
 */
const SAVE = `
redis.call('set', KEYS[1], ARGV[3], 'px', ARGV[1], 'nx')
for index = 2, #KEYS do
  redis.call('zadd', KEYS[index], ARGV[4], ARGV[5])
  redis.call('zremrangebyrank', KEYS[index], 0, -ARGV[2] - 1)
  redis.call('pexpire', KEYS[index], ARGV[1])
end`;

/** The last matches of players: Redis holds what is played now, and no history for good. */
export class RecentMatches implements MatchStore {
  readonly #save;

  constructor(
    private readonly client: Redis,
    private readonly prefix: string,
  ) {
    this.#save = scriptOn(client, "duelMatchSave", SAVE);
  }

  async save(matches: readonly Match[]): Promise<void> {
    const saving = matches.map((match) => {
      const { id, createdAt } = match;
      const lists = playersOf(match).map((player) => this.#list(player.id));
      return this.#save([this.#key(id), ...lists], KEPT, LISTED, JSON.stringify(match), createdAt, id);
    });
    await Promise.all(saving);
  }

  async get(matchId: string): Promise<SavedMatch | undefined> {
    return (await this.#read([matchId]))[0];
  }

  /** Lists what one player has played. */
  async list(filter: MatchFilter): Promise<MatchPage> {
    const { playerId, queue, from = -Infinity, until = Infinity, after } = filter;
    const limit = checkedLimit(filter.limit);
    if (playerId === undefined) {
      throw new EvenmatchError("INVALID_REQUEST", {
        rule: "this store lists the matches of one player",
        remedy: "Say which: playerId.",
      });
    }
    const last = after === undefined ? undefined : decodeKey(after);
    const all = await this.#read(await this.client.zrevrange(this.#list(playerId), 0, -1));
    const found = all
      .filter(({ match }) => queue === undefined || match.queue === queue)
      .filter(({ match }) => match.createdAt >= from && match.createdAt < until)
      .sort((one, other) => newestFirst(one.match, other.match))
      .filter(({ match }) => !last || newestFirst(last, match) < 0);
    const matches = found.slice(0, limit);
    return { matches, next: found.length > limit ? encodeKey(matches.at(-1)!.match) : undefined };
  }

  /** This game has no results. */
  report(_matchId: string, _result: Result): Promise<ReportOutcome> {
    return Promise.resolve("unknown");
  }

  async #read(matchIds: readonly string[]): Promise<SavedMatch[]> {
    if (matchIds.length === 0) return [];
    const texts = await this.client.mget(matchIds.map((id) => this.#key(id)));
    return texts.flatMap((text) => (text === null ? [] : [{ match: JSON.parse(text) as Match }]));
  }

  #key(matchId: string): string {
    return `${this.prefix}:match:${matchId}`;
  }

  #list(playerId: string): string {
    return `${this.prefix}:matches-of:${playerId}`;
  }
}

type Place = Pick<Match, "createdAt" | "id">;

function newestFirst(one: Place, other: Place): number {
  return other.createdAt - one.createdAt || (one.id < other.id ? 1 : one.id > other.id ? -1 : 0);
}
