import type { Match, Ticket } from "@evenmatch/core";
import type { Pool } from "pg";
import { connections } from "./server.js";

/**
 * The reference of the rows about throughput: what somebody writes who needs matches on Postgres and nothing else, and
 * knows the server well. Plain statements over many rows (`unnest`), on tables of its own with the same keys and the
 * same durability, sent through the driver alone.
 *
 * It does what the rows are about: one live ticket per player and queue; a claim takes all tickets of its matches or
 * none; a match is pending from the claim until it is saved, so that nothing is lost in between; saving is idempotent,
 * into the two tables that people query, with the same columns, indexes and foreign key; three commits a batch.
 *
 * It does not do the rest: no fence, nobody hears of changes, a claim that lost is an error for the whole batch that
 * does not say who is gone, no request ids, no expiry, no ready check, nothing that can be left, no limit on waiting,
 * no retries and no time limits.
 */
export const BARE_TABLES = `
CREATE SCHEMA bare;
CREATE TABLE bare.tickets (
  id text PRIMARY KEY,
  pool text NOT NULL,
  joined_at bigint NOT NULL,
  match_id text,
  ticket text NOT NULL
) WITH (fillfactor = 70);
CREATE TABLE bare.live (
  queue text NOT NULL,
  player text NOT NULL,
  ticket text NOT NULL,
  PRIMARY KEY (queue, player)
);
CREATE TABLE bare.matches (
  id text PRIMARY KEY,
  pool text NOT NULL,
  match text NOT NULL,
  delivered_at timestamptz
) WITH (fillfactor = 70);
CREATE INDEX ON bare.matches (pool) WHERE delivered_at IS NULL;
CREATE TABLE bare.match_sessions (
  id text PRIMARY KEY,
  game_mode text NOT NULL,
  region text NOT NULL,
  quality double precision NOT NULL,
  created_at timestamptz NOT NULL,
  match json NOT NULL
);
CREATE INDEX ON bare.match_sessions (created_at, id);
CREATE INDEX ON bare.match_sessions (game_mode, created_at, id);
CREATE TABLE bare.match_players (
  match_id text NOT NULL REFERENCES bare.match_sessions,
  player_id text NOT NULL,
  username text,
  elo double precision NOT NULL,
  region text NOT NULL,
  team integer NOT NULL,
  seed_order integer NOT NULL,
  ticket_id text NOT NULL,
  joined_at timestamptz NOT NULL,
  game_mode text NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (match_id, player_id)
);
CREATE INDEX ON bare.match_players (player_id, created_at, match_id);
CREATE INDEX ON bare.match_players (player_id, game_mode, created_at, match_id);
`;

const JOIN = `
WITH live AS (
  INSERT INTO bare.live (queue, player, ticket) SELECT * FROM unnest($4::text[], $5::text[], $1::text[])
)
INSERT INTO bare.tickets (id, pool, joined_at, ticket)
SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $6::text[])`;

/** All tickets or none: where one was taken before, the division fails, and with it the statement. */
const CLAIM = `
WITH taken AS (
  UPDATE bare.tickets t SET match_id = g.match FROM unnest($1::text[], $2::text[]) g (ticket, match)
  WHERE t.id = g.ticket AND t.match_id IS NULL RETURNING t.id
), freed AS (
  DELETE FROM bare.live v USING unnest($3::text[], $4::text[]) g (queue, player)
  WHERE v.queue = g.queue AND v.player = g.player
), made AS (
  INSERT INTO bare.matches (id, pool, match) SELECT * FROM unnest($5::text[], $6::text[], $7::text[])
)
SELECT 1 / (count(*) = cardinality($1::text[]))::integer FROM taken`;

const SAVE = `
WITH saved AS (
  INSERT INTO bare.match_sessions (id, game_mode, region, quality, created_at, match)
  SELECT id, mode, region, quality, to_timestamp(at / 1000.0), match::json
  FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::bigint[], $6::text[])
    g (id, mode, region, quality, at, match)
  ON CONFLICT DO NOTHING
)
INSERT INTO bare.match_players
  (match_id, player_id, username, elo, region, team, seed_order, ticket_id, joined_at, game_mode, created_at)
SELECT match, player, name, elo, region, team, seed, ticket, to_timestamp(joined / 1000.0), mode, to_timestamp(at / 1000.0)
FROM unnest($7::text[], $8::text[], $9::text[], $10::float8[], $11::text[], $12::int[], $13::int[], $14::text[],
  $15::bigint[], $16::text[], $17::bigint[]) g (match, player, name, elo, region, team, seed, ticket, joined, mode, at)
ON CONFLICT DO NOTHING`;

const DELIVER = `UPDATE bare.matches SET delivered_at = now() WHERE id = ANY ($1::text[])`;

/** The reference on as many connections as it is given. */
export class Bare {
  readonly #pool: Pool;

  constructor(url: string, most: number) {
    // As the adapter's functions are: a table that is small for the moment is not read from end to end.
    this.#pool = connections(url, most, "-c enable_seqscan=off -c jit=off");
  }

  async join(tickets: readonly Ticket[]): Promise<void> {
    await this.#pool.query(JOIN, [
      tickets.map(({ id }) => id),
      tickets.map(({ queue, region }) => `${queue}.${region}`),
      tickets.map(({ joinedAt }) => joinedAt),
      tickets.map(({ queue }) => queue),
      tickets.map(({ players }) => players[0]!.id),
      tickets.map((ticket) => JSON.stringify(ticket)),
    ]);
  }

  async claim(matches: readonly Match[]): Promise<void> {
    const seats = matches.flatMap(({ id, teams }) => teams.flat().map((ticket) => ({ id, ticket })));
    await this.#pool.query(CLAIM, [
      seats.map(({ ticket }) => ticket.id),
      seats.map(({ id }) => id),
      seats.map(({ ticket }) => ticket.queue),
      seats.map(({ ticket }) => ticket.players[0]!.id),
      matches.map(({ id }) => id),
      matches.map(({ queue, region }) => `${queue}.${region}`),
      matches.map((match) => JSON.stringify(match)),
    ]);
  }

  async save(matches: readonly Match[]): Promise<void> {
    const seats = matches.flatMap((match) =>
      match.teams.flatMap((team, side) =>
        team.map((ticket) => ({ match, ticket, side, player: ticket.players[0]! })),
      ),
    );
    await this.#pool.query(SAVE, [
      matches.map(({ id }) => id),
      matches.map(({ queue }) => queue),
      matches.map(({ region }) => region),
      matches.map(({ quality }) => quality),
      matches.map(({ createdAt }) => createdAt),
      matches.map((match) => JSON.stringify(match)),
      seats.map(({ match }) => match.id),
      seats.map(({ player }) => player.id),
      seats.map(({ player }) => player.attributes?.["username"]),
      seats.map(({ player }) => player.rating),
      seats.map(({ ticket }) => ticket.region),
      seats.map(({ side }) => side),
      seats.map(({ side }) => side + 1),
      seats.map(({ ticket }) => ticket.id),
      seats.map(({ ticket }) => ticket.joinedAt),
      seats.map(({ match }) => match.queue),
      seats.map(({ match }) => match.createdAt),
    ]);
  }

  async deliver(matches: readonly Match[]): Promise<void> {
    await this.#pool.query(DELIVER, [matches.map(({ id }) => id)]);
  }

  /** Nobody hears of anything. */
  heard(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}
