import type { Migration } from "./migration.js";

/**
 * How processes hear of what happened.
 *
 * - Positions are in the order of commits: who publishes holds a lock of its transaction from before the first position
 *   is drawn until the commit is seen by all. A row that counts would do the same, and becomes slow while any long
 *   transaction keeps its old versions.
 * - `published_at` tells an event from another that has its position after a failover that lost some.
 * - An event is `text`: `json` of a database that is not in UTF-8 refuses some escapes, and `jsonb` refuses NUL.
 * - The row at the least position that anybody has stays, and so does the newest: who reads on from a position sees by
 *   the row that is there that nothing was lost. So that there is a newest from the start, the first is no event.
 * - `cleaned` is where cleaning goes on, so that it does not walk over what it has deleted.
 */
export const events: Migration = {
  version: 3,
  name: "events",
  sql: `
CREATE TABLE {schema}.events (
  position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  published_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  event text NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 5000);
COMMENT ON TABLE {schema}.events IS 'what was published and is still needed';
COMMENT ON COLUMN {schema}.events.position IS 'in the order of commits';
INSERT INTO {schema}.events (event) VALUES ('the log begins');

CREATE TABLE {schema}.event_groups (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  position bigint NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  fence bigint NOT NULL DEFAULT 0,
  leased_until timestamptz,
  is_wanted boolean NOT NULL DEFAULT false,
  missed bigint NOT NULL DEFAULT 0,
  served_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
COMMENT ON COLUMN {schema}.event_groups.position IS 'the last event that is done with';
COMMENT ON COLUMN {schema}.event_groups.tries IS 'how often the events behind it were begun in vain';
COMMENT ON COLUMN {schema}.event_groups.fence IS 'grows with every member that takes events: an earlier one is refused';
COMMENT ON COLUMN {schema}.event_groups.is_wanted IS 'another member waits for its turn';
COMMENT ON COLUMN {schema}.event_groups.missed IS 'events that were cleaned for their age, and nobody was told yet';
COMMENT ON COLUMN {schema}.event_groups.served_at IS 'when a member last took or finished events';

CREATE TABLE {schema}.event_readers (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  position bigint NOT NULL,
  expires_at timestamptz NOT NULL
) WITH (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
COMMENT ON TABLE {schema}.event_readers IS 'processes that hear everything; forgotten when they are silent';

CREATE TABLE {schema}.events_aside (
  group_name text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  event text NOT NULL,
  reason text NOT NULL,
  put_aside_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (group_name, position)
);
COMMENT ON TABLE {schema}.events_aside IS 'events that a group could not be done with';

CREATE TABLE {schema}.event_cleaning (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  cleaned bigint NOT NULL
) WITH (fillfactor = 20);
COMMENT ON COLUMN {schema}.event_cleaning.cleaned IS 'all up to this position is deleted';
INSERT INTO {schema}.event_cleaning (cleaned) VALUES (0);

CREATE FUNCTION {schema}.clean_events(lock bigint, retain_ms bigint, most integer) RETURNS integer
LANGUAGE plpgsql AS $$
DECLARE
  old_end timestamptz := clock_timestamp() - retain_ms * interval '1 ms';
  start bigint;
  until bigint;
  needed bigint;
  count integer;
BEGIN
  -- Somebody else cleans, or a reader is just being entered.
  IF NOT pg_try_advisory_xact_lock(lock) THEN RETURN 0; END IF;
  DELETE FROM {schema}.event_readers WHERE expires_at < clock_timestamp();
  DELETE FROM {schema}.events_aside WHERE put_aside_at < old_end;
  SELECT cleaned INTO start FROM {schema}.event_cleaning;
  SELECT min(p.position) INTO needed FROM (
    SELECT position FROM {schema}.event_groups UNION ALL SELECT position FROM {schema}.event_readers
  ) p;
  -- The newest row is never taken: its position is the end.
  SELECT max(e.position) INTO until FROM (
    SELECT position, published_at, row_number() OVER (ORDER BY position DESC) AS place
    FROM (SELECT * FROM {schema}.events WHERE position > start ORDER BY position LIMIT most + 1) first
  ) e
  WHERE place > 1 AND (needed IS NULL OR e.position < needed OR e.published_at < old_end);
  IF until IS NULL THEN RETURN 0; END IF;
  DELETE FROM {schema}.events WHERE position > start AND position <= until;
  GET DIAGNOSTICS count = ROW_COUNT;
  UPDATE {schema}.event_cleaning SET cleaned = until;
  -- Whoever had not read what was too old to keep: readers find themselves gone, groups are told at their next turn.
  DELETE FROM {schema}.event_readers WHERE position <= until;
  UPDATE {schema}.event_groups SET missed = missed + until - position, position = until WHERE position < until;
  RETURN count;
END $$;
`,
};
