import type { Attributes, Match } from "@evenmatch/core";
import { Columns } from "../connection/columns.js";
import { instant } from "./instants.js";

/** How many matches, and how many characters of JSON, go out in one statement. */
const MOST_MATCHES = 1_000;
const MOST_TEXT = 4_000_000;

/**
 * Saves matches with their players, and leaves alone those that are there: only who has made the row of a match adds
 * its players.
 *
 * `planning` is about the check of the foreign key. Each connection plans it once, and where the table is small then,
 * reads it whole for every player, also when it has become large: until somebody analyses it, saving gets slower with
 * each match. The setting ends with the statement.
 */
export const SAVE = `
WITH planning AS MATERIALIZED (
  SELECT set_config('enable_seqscan', 'off', true)
), saved AS (
  INSERT INTO {schema}.match_sessions
    (id, game_mode, region, partition, played_in, quality, created_at, assignment, match)
  SELECT id, game_mode, region, partition, played_in, quality, ${instant("created_at")}, assignment::json, match::json
  FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::float8[], $7::float8[], $8::text[], $9::text[])
    AS given (id, game_mode, region, partition, played_in, quality, created_at, assignment, match), planning
  ON CONFLICT (id) DO NOTHING
  RETURNING id, game_mode, created_at
)
INSERT INTO {schema}.match_players
  (match_id, player_id, username, elo, region, team, seed_order, ticket_id, joined_at, game_mode, created_at)
SELECT id, player_id, username, elo, region, team, seed_order, ticket_id, ${instant("joined_at")}, game_mode, created_at
FROM unnest($10::text[], $11::text[], $12::text[], $13::float8[], $14::text[], $15::int[], $16::int[], $17::text[], $18::float8[])
  AS given (match_id, player_id, username, elo, region, team, seed_order, ticket_id, joined_at)
JOIN saved ON id = match_id
ON CONFLICT DO NOTHING`;

/** A match and its JSON. */
interface Kept {
  readonly match: Match;
  readonly text: string;
}

/**
 * The parameters of {@link SAVE}, statement by statement. In the order of ids, so that of two who save the same matches
 * one waits for the other, and not each for the other.
 */
export function* savings(matches: readonly Match[]): Generator<unknown[]> {
  const byId = Array.from(new Map(matches.map((match) => [match.id, match])).values());
  let batch: Kept[] = [];
  let size = 0;
  for (const match of byId.sort((one, other) => (one.id < other.id ? -1 : 1))) {
    const text = JSON.stringify(match);
    if (batch.length >= MOST_MATCHES || (batch.length > 0 && size + text.length > MOST_TEXT)) {
      yield columnsOf(batch);
      batch = [];
      size = 0;
    }
    batch.push({ match, text });
    size += text.length;
  }
  if (batch.length > 0) yield columnsOf(batch);
}

function columnsOf(batch: readonly Kept[]): unknown[] {
  const sessions = new Columns(9);
  const players = new Columns(9);
  for (const { match, text } of batch) {
    sessions.add(
      match.id,
      match.queue,
      match.region,
      match.partition ?? null,
      match.playedIn ?? null,
      match.quality,
      match.createdAt,
      match.assignment === undefined ? null : JSON.stringify(match.assignment),
      text,
    );
    addPlayers(players, match);
  }
  return [...sessions.all, ...players.all];
}

function addPlayers(players: Columns, { id, teams }: Match): void {
  let seat = 0;
  for (const [place, team] of teams.entries())
    for (const ticket of team)
      for (const { id: player, rating, attributes } of ticket.players) {
        const username = usernameOf(attributes);
        const { region, id: ticketId, joinedAt } = ticket;
        players.add(id, player, username, rating, region, place, ++seat, ticketId, joinedAt);
      }
}

function usernameOf(attributes: Attributes = {}): string | null {
  const { username, name } = attributes;
  const text = username ?? name;
  return typeof text === "string" ? text : null;
}
