import type { Match, MatchFilter, Result } from "@evenmatch/core";
import type { Pool } from "pg";
import type { Kind } from "./asking.js";

const PAGE = 51;

/** What somebody writes who knows the tables: a statement for each kind of page, with its parameters. */
const STATEMENTS: Readonly<Record<Kind, string>> = {
  time: `SELECT match::text, result::text FROM evenmatch.match_sessions
    WHERE (created_at, id) < (to_timestamp($1::float8 / 1000), $2) ORDER BY created_at DESC, id DESC LIMIT ${PAGE}`,
  queue: `SELECT match::text, result::text FROM evenmatch.match_sessions
    WHERE game_mode = $3 AND (created_at, id) < (to_timestamp($1::float8 / 1000), $2)
    ORDER BY created_at DESC, id DESC LIMIT ${PAGE}`,
  player: `SELECT match::text, result::text FROM evenmatch.match_players p
    JOIN evenmatch.match_sessions s ON s.id = p.match_id
    WHERE player_id = $3 AND (p.created_at, match_id) < (to_timestamp($1::float8 / 1000), $2)
    ORDER BY p.created_at DESC, match_id DESC LIMIT ${PAGE}`,
  "player-queue": `SELECT match::text, result::text FROM evenmatch.match_players p
    JOIN evenmatch.match_sessions s ON s.id = p.match_id
    WHERE player_id = $3 AND p.game_mode = $4 AND (p.created_at, match_id) < (to_timestamp($1::float8 / 1000), $2)
    ORDER BY p.created_at DESC, match_id DESC LIMIT ${PAGE}`,
};

/** Reads a page with the driver alone. */
export async function barePage(pool: Pool, kind: Kind, filter: MatchFilter): Promise<number> {
  const values = [...filter.after!.split("~"), filter.playerId, filter.queue].filter(
    (value) => value !== undefined,
  );
  const { rows } = await pool.query<{ match: string; result: string | null }>(STATEMENTS[kind], values);
  const page = rows.slice(0, PAGE - 1).map(({ match, result }) => ({
    match: JSON.parse(match) as Match,
    result: result === null ? undefined : (JSON.parse(result) as Result),
  }));
  return page.length;
}
