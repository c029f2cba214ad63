import type { MatchFilter } from "@evenmatch/core";
import { checkedLimit, decodeKey } from "@evenmatch/core/adapter";
import { bound, instant } from "./instants.js";

/** A statement that lists matches, and how many of what it gives make the page: one more says that there is another. */
export interface Listing {
  readonly text: string;
  readonly values: unknown[];
  readonly limit: number;
}

/**
 * The statement of one page. Every filter is a range of one index, read from its newest end and no further than the
 * page goes, so that a page costs the same however many matches there are:
 *
 * | filter           | index                                                             |
 * | ---------------- | ----------------------------------------------------------------- |
 * | time alone       | `match_sessions_time` (created_at, id)                            |
 * | queue            | `match_sessions_mode` (game_mode, created_at, id)                 |
 * | player           | `match_players_time` (player_id, created_at, match_id)            |
 * | player and queue | `match_players_mode` (game_mode, player_id, created_at, match_id) |
 *
 * The range is said of all columns at once, and they all are the order. With `game_mode = $1` the planner might read
 * the matches of all queues by time and throw away the others, which takes long where a queue has been quiet.
 *
 * Throws `INVALID_REQUEST` for a limit, cursor or instant that cannot be.
 */
export function listingOf(filter: MatchFilter): Listing {
  const { playerId, queue, from } = filter;
  const limit = checkedLimit(filter.limit);
  const values: unknown[] = [];
  const given = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const time = (ms: number): string => instant(given(ms, "float8"));
  const columns: string[] = [];
  const those: string[] = [];
  for (const [column, value] of Object.entries({ game_mode: queue, player_id: playerId })) {
    if (value === undefined) continue;
    columns.push(column);
    those.push(given(value, "text"));
  }
  columns.push("created_at");
  const id = playerId === undefined ? "id" : "match_id";
  const range = (sign: string, last: string): string =>
    `(${columns.join(", ")}) ${sign} (${[...those, last].join(", ")})`;
  const lower = range(">=", from === undefined ? "timestamptz '-infinity'" : time(bound("from", from)));
  const end = endOf(filter);
  let upper = range("<=", "timestamptz 'infinity'");
  if (end?.id !== undefined)
    upper = `(${[...columns, id].join(", ")}) < (${[...those, time(end.time), given(end.id, "text")].join(", ")})`;
  else if (end) upper = range("<", time(end.time));
  const order = [...columns, id].map((column) => `${column} DESC`).join(", ");
  const newest = `WHERE ${upper} AND ${lower} ORDER BY ${order} LIMIT ${given(limit + 1, "int")}`;
  return { text: playerId === undefined ? sessions(newest) : players(newest), values, limit };
}

/** Where a page begins: behind the last one, or at the end of the time that was asked for, whichever is earlier. */
function endOf({ until, after }: MatchFilter): { time: number; id?: string } | undefined {
  const last = after === undefined ? undefined : decodeKey(after);
  const time = until === undefined ? Infinity : bound("until", until);
  if (last && last.createdAt < time) return { time: bound("after", last.createdAt), id: last.id };
  return until === undefined ? undefined : { time };
}

function sessions(newest: string): string {
  return `SELECT match::text, result::text FROM {schema}.match_sessions ${newest}`;
}

/** `OFFSET 0` has each match of the page looked up by its id: a plan that reads all matches to join them is no plan. */
function players(newest: string): string {
  return `
SELECT match, result
FROM (SELECT created_at, match_id FROM {schema}.match_players ${newest}) page,
LATERAL (SELECT match::text, result::text FROM {schema}.match_sessions WHERE id = match_id OFFSET 0) session
ORDER BY created_at DESC, match_id DESC`;
}
