import { escapeIdentifier, type Client } from "pg";
import { withClient } from "./client.js";

/** How much history to make up. */
export interface HistoryOptions {
  /** The schema of Evenmatch, migrated and without matches. */
  schema: string;
  /** How many matches, of two players each. */
  matches: number;
  /** Among how many players, beside one who is in every fiftieth match. */
  players: number;
  /** Leave the planner without statistics of what was made; by default it has them. */
  unanalysed?: boolean;
}

/** The player of a made-up history who is in every fiftieth match. */
export const BUSY_PLAYER = "busy";
/** When a made-up history begins, and how much later each group of five matches was made, in ms. */
export const HISTORY_START = 1_750_000_000_000;
export const HISTORY_STEP = 500;

const CHUNK = 100_000;

/**
 * Fills the tables of the history with matches made up by the server itself: two thirds in the queue `duel`, one third
 * in `squad`, every thousandth in `rare`; five of each instant, as a pass makes them; players by chance, the same in
 * every run. Indexes and constraints are put aside meanwhile, the work is shared by two connections, and the tables are
 * analysed at the end.
 */
export async function fillHistory(
  url: string,
  { schema, matches, players, unanalysed = false }: HistoryOptions,
): Promise<void> {
  const name = escapeIdentifier(schema);
  await withClient(url, async (client) => {
    const restore = await putIndexesAside(client, name);
    const chunks = Array.from({ length: Math.ceil(matches / CHUNK) }, (_, chunk) => chunk * CHUNK);
    const work = async (worker: Client): Promise<void> => {
      for (let first = chunks.shift(); first !== undefined; first = chunks.shift()) {
        const last = Math.min(first + CHUNK, matches);
        await worker.query(fill(name), [first + 1, last, players]);
      }
    };
    await Promise.all([work(client), withClient(url, work)]);
    for (const statement of restore) await client.query(statement);
    if (!unanalysed) await client.query(`VACUUM (ANALYZE) ${name}.match_sessions, ${name}.match_players`);
  });
}

/** Drops what slows loading down, and returns the statements that bring it back as it was. */
async function putIndexesAside(client: Client, schema: string): Promise<string[]> {
  const tables = ["match_players", "match_sessions"].map((table) => `${schema}.${table}`);
  const { rows } = await client.query<{ away: string; back: string }>(
    `SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS away,
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) AS back,
            CASE contype WHEN 'f' THEN 0 ELSE 2 END AS place
     FROM pg_constraint WHERE conrelid = ANY ($1::regclass[]) AND contype IN ('p', 'f')
     UNION ALL
     SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid), 1
     FROM pg_index WHERE indrelid = ANY ($1::regclass[])
     AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype = 'p')
     ORDER BY place`,
    [tables],
  );
  for (const { away } of rows) await client.query(away);
  return rows.map(({ back }) => back).reverse();
}

function fill(schema: string): string {
  const uuid = `lpad(to_hex(at), 12, '0') || substr(md5(i::text), 13)`;
  const ticket = (
    letter: string,
  ): string => `json_build_object('id', id || '${letter}', 'queue', queue, 'region', 'eu',
    'players', json_build_array(json_build_object('id', player_${letter}, 'rating', rating_${letter})), 'joinedAt', at - 3000)`;
  const seat = (letter: string, team: number): string =>
    `(player_${letter}, rating_${letter}, ${team}, ${team + 1}, id || '${letter}')`;
  return `
WITH chance AS (
  SELECT i, ${HISTORY_START} + i / 5 * ${HISTORY_STEP} AS at,
         CASE WHEN i % 1000 = 0 THEN 'rare' WHEN i % 3 = 0 THEN 'squad' ELSE 'duel' END AS queue,
         abs(hashint8extended(i, 1) % $3) AS one, 1 + abs(hashint8extended(i, 2) % ($3 - 1)) AS further,
         800 + abs(hashint8extended(i, 3) % 1000) AS rating_a, 800 + abs(hashint8extended(i, 4) % 1000) AS rating_b,
         abs(hashint8extended(i, 5) % 1000) / 1000.0 AS quality
  FROM generate_series($1::bigint, $2::bigint) i
), made AS MATERIALIZED (
  SELECT queue || '.eu.' || (${uuid})::uuid AS id, queue, at, quality, rating_a, rating_b,
         CASE WHEN i % 50 = 0 THEN '${BUSY_PLAYER}' ELSE 'player-' || one END AS player_a,
         'player-' || (one + further) % $3 AS player_b, to_timestamp(at / 1000.0) AS created_at
  FROM chance
), filled AS (
  INSERT INTO ${schema}.match_sessions (id, game_mode, region, quality, created_at, saved_at, match)
  SELECT id, queue, 'eu', quality, created_at, created_at,
         json_build_object('id', id, 'queue', queue, 'region', 'eu', 'teams',
           json_build_array(json_build_array(${ticket("a")}), json_build_array(${ticket("b")})),
           'quality', quality, 'createdAt', at)
  FROM made
)
INSERT INTO ${schema}.match_players
  (player_id, elo, team, seed_order, ticket_id, match_id, region, joined_at, game_mode, created_at)
SELECT seat.*, id, 'eu', created_at - interval '3 s', queue, created_at
FROM made, LATERAL (VALUES ${seat("a", 0)}, ${seat("b", 1)}) seat`;
}
