import type { Migration } from "./migration.js";

/**
 * The record of matches.
 *
 * - `match` holds each match whole, as it was saved: what a store reads back. It is `json`, which keeps the text as it
 *   is; `jsonb` would refuse NUL and halves of surrogate pairs, and change some numbers.
 * - The columns repeat what people filter, join and count by, so that dashboards need not look into JSON.
 * - Queue and time of a match are repeated for each of its players: pages of a player's matches are read from an index
 *   alone, however many others there are.
 * - Times are `timestamptz`, which has room for every whole millisecond of matches that are played in this world.
 * - No two indexes of a table begin with the same column: a planner whose statistics are old would read all matches of a
 *   player from the one where the other has the few that are asked for.
 * - Ids sort by bytes, as they do in JavaScript, whatever the database's collation.
 * - A result comes minutes after the match: the room that is left on each page spares the indexes that change.
 */
export const history: Migration = {
  version: 2,
  name: "history",
  sql: `
CREATE TABLE {schema}.match_sessions (
  id text COLLATE "C" PRIMARY KEY,
  game_mode text COLLATE "C" NOT NULL,
  region text COLLATE "C" NOT NULL,
  partition integer,
  played_in text,
  quality double precision NOT NULL,
  created_at timestamptz NOT NULL,
  saved_at timestamptz NOT NULL DEFAULT now(),
  assignment json,
  result json,
  reported_at timestamptz,
  match json NOT NULL
) WITH (fillfactor = 85);
CREATE INDEX match_sessions_time ON {schema}.match_sessions (created_at, id);
CREATE INDEX match_sessions_mode ON {schema}.match_sessions (game_mode, created_at, id);
COMMENT ON TABLE {schema}.match_sessions IS 'settled matches';
COMMENT ON COLUMN {schema}.match_sessions.game_mode IS 'the queue';
COMMENT ON COLUMN {schema}.match_sessions.region IS 'where its tickets waited';
COMMENT ON COLUMN {schema}.match_sessions.played_in IS 'the region that a limit on latency chose, if there is one';
COMMENT ON COLUMN {schema}.match_sessions.quality IS 'from 0 to 1; 1 is even';
COMMENT ON COLUMN {schema}.match_sessions.created_at IS 'match time of the pass that proposed it';
COMMENT ON COLUMN {schema}.match_sessions.assignment IS 'where it is played, as the allocator said';
COMMENT ON COLUMN {schema}.match_sessions.result IS 'the first that was reported';
COMMENT ON COLUMN {schema}.match_sessions.match IS 'the whole match as it was saved';

CREATE TABLE {schema}.match_players (
  match_id text COLLATE "C" NOT NULL REFERENCES {schema}.match_sessions ON DELETE CASCADE,
  player_id text COLLATE "C" NOT NULL,
  username text,
  elo double precision NOT NULL,
  region text COLLATE "C" NOT NULL,
  team integer NOT NULL,
  seed_order integer NOT NULL,
  ticket_id text COLLATE "C" NOT NULL,
  joined_at timestamptz NOT NULL,
  game_mode text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (match_id, player_id)
);
CREATE INDEX match_players_time ON {schema}.match_players (player_id, created_at, match_id);
CREATE INDEX match_players_mode ON {schema}.match_players (game_mode, player_id, created_at, match_id);
COMMENT ON TABLE {schema}.match_players IS 'who played in which match, as they were at the time';
COMMENT ON COLUMN {schema}.match_players.username IS 'the attribute username, or name, where it is text';
COMMENT ON COLUMN {schema}.match_players.elo IS 'the rating';
COMMENT ON COLUMN {schema}.match_players.team IS 'counts from 0, as in the match';
COMMENT ON COLUMN {schema}.match_players.seed_order IS 'counts from 1 in the order of the teams: in a bracket, the seed';
COMMENT ON COLUMN {schema}.match_players.joined_at IS 'match time of the join: created_at is so much later as they waited';
`,
};
