import type { Migration } from "./migration.js";
import { BY_INDEX } from "./001-by-index.js";
import { decideFunction } from "./001-decide.js";
import { ownedFunctions } from "./001-owned.js";
import { submitFunction } from "./001-submit.js";

/**
 * Where tickets wait.
 *
 * - A pool's row is locked by whoever changes the pool, so `seq` is the order of commits, and what is decided on is
 *   what is written to.
 * - A ticket is written when it joins and when it is claimed, and not again when it is matched: its match says so.
 * - `live` keeps a player to one ticket in a queue, and leads to who waits without looking at what has ended.
 * - Changes and questions are not logged: after a crash they are empty, which owners notice by `seq`, and start anew.
 */
const tables = `
CREATE TABLE {schema}.owners (
  id text PRIMARY KEY,
  queues text[] NOT NULL,
  since bigint GENERATED ALWAYS AS IDENTITY,
  alive_until timestamptz NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE {schema}.pools (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  queue text NOT NULL,
  region text NOT NULL,
  partition integer,
  seq bigint NOT NULL DEFAULT 0,
  waiting integer NOT NULL DEFAULT 0,
  owner text,
  fence bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
COMMENT ON COLUMN {schema}.pools.name IS 'queue.region, or queue.region.partition';
COMMENT ON COLUMN {schema}.pools.seq IS 'grows with every change of the pool, in the order of commits';
COMMENT ON COLUMN {schema}.pools.fence IS 'grows with every owner: an earlier one is refused';

CREATE TABLE {schema}.tickets (
  id text PRIMARY KEY,
  pool integer NOT NULL,
  joined_at bigint NOT NULL,
  expires_at bigint,
  heartbeat_ms bigint,
  seen_at bigint,
  ended_on timestamptz,
  ended "char",
  leaving boolean NOT NULL DEFAULT false,
  match_id text,
  request text,
  players text[] NOT NULL,
  ticket text NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
COMMENT ON COLUMN {schema}.tickets.ended IS 'l left, e expired, m matched by a match that is forgotten; else the match says it';
COMMENT ON COLUMN {schema}.tickets.ticket IS 'JSON as text: jsonb would refuse some texts and change some numbers';
CREATE UNIQUE INDEX tickets_request ON {schema}.tickets (request) WHERE request IS NOT NULL;
CREATE INDEX tickets_ended_on ON {schema}.tickets (ended_on) WHERE ended_on IS NOT NULL;

CREATE TABLE {schema}.live (
  queue text NOT NULL,
  player text NOT NULL,
  ticket text NOT NULL,
  pool integer NOT NULL,
  is_first boolean NOT NULL,
  PRIMARY KEY (queue, player)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
CREATE INDEX live_pool ON {schema}.live (pool) WHERE is_first;

CREATE TABLE {schema}.matches (
  id text PRIMARY KEY,
  pool integer NOT NULL,
  accept_by bigint,
  ended_on timestamptz,
  state "char" NOT NULL,
  tickets text[] NOT NULL,
  match text NOT NULL,
  assignment text
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
COMMENT ON COLUMN {schema}.matches.state IS 'c claimed, s settled, d delivered, r released; the first two are pending';
CREATE INDEX matches_ended_on ON {schema}.matches (ended_on, pool);

CREATE TABLE {schema}.answers (
  match_id text NOT NULL,
  player text NOT NULL,
  accepted boolean NOT NULL,
  PRIMARY KEY (match_id, player)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);

CREATE UNLOGGED TABLE {schema}.changes (
  pool integer NOT NULL,
  seq bigint NOT NULL,
  at bigint NOT NULL,
  type "char" NOT NULL,
  ref text NOT NULL,
  extra text,
  PRIMARY KEY (pool, seq)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
COMMENT ON COLUMN {schema}.changes.type IS
  'j joined, l left, y leaving, b beat, a answered, c claimed, r released, s settled, d delivered, x expired';

CREATE UNLOGGED TABLE {schema}.questions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  pool integer NOT NULL,
  fence bigint NOT NULL,
  asked_on timestamptz NOT NULL DEFAULT now(),
  question text NOT NULL,
  answer text
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
CREATE INDEX questions_pool ON {schema}.questions (pool) WHERE answer IS NULL;
`;

/** What has ended is forgotten after a while, so many at a time. */
const forget = `
CREATE FUNCTION {schema}.forget(p_retain interval, p_dedupe interval, p_most integer) RETURNS integer
LANGUAGE plpgsql ${BY_INDEX} AS $$
#variable_conflict use_column
DECLARE
  forgotten integer;
  n integer;
BEGIN
  WITH gone AS (
    DELETE FROM {schema}.matches m USING (
      SELECT m.ctid AS tid FROM {schema}.matches m WHERE m.ended_on < now() - p_retain
      ORDER BY m.ended_on LIMIT p_most FOR UPDATE SKIP LOCKED
    ) old WHERE m.ctid = old.tid RETURNING m.id, m.tickets, m.ended_on
  ), unanswered AS (
    DELETE FROM {schema}.answers a USING (
      SELECT a.tid FROM gone
      CROSS JOIN LATERAL (SELECT a.ctid AS tid FROM {schema}.answers a WHERE a.match_id = gone.id OFFSET 0) a
      OFFSET 0
    ) g WHERE a.ctid = g.tid
  ), matched AS MATERIALIZED (
    SELECT t.tid, t.request IS NOT NULL AS is_kept, gone.ended_on FROM gone CROSS JOIN LATERAL unnest(gone.tickets) u(id)
    CROSS JOIN LATERAL (
      SELECT t.ctid AS tid, t.request FROM {schema}.tickets t WHERE t.id = u.id AND t.match_id = gone.id LIMIT 1
    ) t
  ), kept AS (
    UPDATE {schema}.tickets t SET ended = 'm', ended_on = k.ended_on FROM matched k WHERE k.is_kept AND t.ctid = k.tid
  ), dropped AS (
    DELETE FROM {schema}.tickets t USING matched k WHERE NOT k.is_kept AND t.ctid = k.tid
  )
  SELECT count(*) INTO forgotten FROM gone;
  DELETE FROM {schema}.tickets t USING (
    SELECT e.ctid AS tid FROM {schema}.tickets e
    WHERE e.ended_on < now() - p_retain AND (e.request IS NULL OR e.ended_on < now() - p_dedupe)
    ORDER BY e.ended_on LIMIT p_most FOR UPDATE SKIP LOCKED
  ) old WHERE t.ctid = old.tid;
  GET DIAGNOSTICS n = ROW_COUNT;
  RETURN greatest(forgotten, n);
END $$;
`;

/** Where tickets wait, and the life of a ticket in the words of SQL. */
export const tickets: Migration = {
  version: 1,
  name: "tickets",
  sql: tables + submitFunction + decideFunction + ownedFunctions + forget,
};
