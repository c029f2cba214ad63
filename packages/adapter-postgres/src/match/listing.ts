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
 * | filter           | index                                                          |
 * | ---------------- | -------------------------------------------------------------- |
 * | time alone       | `match_sessions_time` (created_at, id)                         |
 * | queue            | `match_sessions_mode` (game_mode, created_at, id)              |
 * | player           | `match_players_time` (player_id, created_at, match_id)         |
 * | player and queue | `match_players_mode` (player_id, game_mode, created_at, match_id) |
 *
 * Throws `INVALID_REQUEST` for a limit, cursor or instant that cannot be.
 */
export function listingOf({ playerId, queue, from, until, limit: asked, after }: MatchFilter): Listing {
  const limit = checkedLimit(asked);
  const values: unknown[] = [];
  const given = (value: unknown, type: string): string => `$${values.push(value)}::${type}`;
  const time = (name: string, value: number): string => instant(given(bound(name, value), "float8"));
  const id = playerId === undefined ? "id" : "match_id";
  const conditions: string[] = [];
  if (playerId !== undefined) conditions.push(`player_id = ${given(playerId, "text")}`);
  if (queue !== undefined) conditions.push(`game_mode = ${given(queue, "text")}`);
  if (from !== undefined) conditions.push(`created_at >= ${time("from", from)}`);
  if (until !== undefined) conditions.push(`created_at < ${time("until", until)}`);
  if (after !== undefined) {
    const key = decodeKey(after);
    conditions.push(`(created_at, ${id}) < (${time("after", key.createdAt)}, ${given(key.id, "text")})`);
  }
  const where = conditions.length > 0 ? `WHERE ${conditions.join(" AND ")}` : "";
  const newest = `${where} ORDER BY created_at DESC, ${id} DESC LIMIT ${given(limit + 1, "int")}`;
  return { text: playerId === undefined ? sessions(newest) : players(newest), values, limit };
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
