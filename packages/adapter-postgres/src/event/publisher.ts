import { Publisher } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";

/**
 * Who publishes waits for the lock before a position is drawn, and holds it until its rows are seen: so positions are in
 * the order of commits, and who reads by position never passes one that is still to come.
 */
export const PUBLISH = `
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('evenmatch events ' || $1, 0))),
added AS (
  INSERT INTO {schema}.events (event)
  SELECT event FROM (
    SELECT event FROM alone, unnest($2::text[]) WITH ORDINALITY given (event, place) ORDER BY place
  ) ordered
  RETURNING position
)
SELECT max(position)::text AS end FROM added`;

/**
 * Publishes texts of events, one statement at a time.
 *
 * @param onPublished is told of the newest position, after the commit
 */
export function publisherOf(database: Database, onPublished: (end: number) => void): Publisher<string> {
  return new Publisher({
    sizeOf: ({ length }) => length,
    send: async (texts) => {
      const [row] = await database.query<{ end: string }>(PUBLISH, [database.schema, texts]);
      onPublished(Number(row?.end));
    },
  });
}
