import type { Clock, Millis } from "@evenmatch/core";
import type { Reports } from "@evenmatch/core/adapter";
import type { Database, Sender } from "../connection/database.js";
import { PUBLISHED_AT, type Place } from "./entry.js";

/** What the parts of a bus share. */
export interface Around {
  readonly database: Database;
  readonly clock: Clock;
  readonly reports: Reports;
  /** How long a member of a group may be silent before another takes over. */
  readonly leaseMs: Millis;
  /** How long events are kept that somebody has not read. */
  readonly retainMs: Millis;
}

/** SQL of the lock that whoever cleans has alone: of the schema, which is the first parameter. */
export const CLEANING = "hashtextextended('evenmatch cleaning ' || $1, 0)";

/** Runs a transaction in which the log stays as long as it is at its beginning. */
export async function whileNobodyCleans<T>(
  { database }: Around,
  run: (sender: Sender) => Promise<T>,
): Promise<T> {
  return database.transaction(async (sender) => {
    // What a cleaner did while we waited is seen by the next statement.
    await sender.query(`SELECT pg_advisory_xact_lock_shared(${CLEANING})`, [database.schema]);
    return run(sender);
  });
}

interface PlaceRow {
  readonly position: string;
  readonly at: string | null;
}

/** Where the log ends: what is published from now on comes behind it. */
export async function endOf(sender: Sender): Promise<Place> {
  const [row] = await sender.query<PlaceRow>(
    `SELECT e.position::text, ${PUBLISHED_AT}::text AS at
     FROM {schema}.events e ORDER BY e.position DESC LIMIT 1`,
  );
  // Without a row somebody has emptied the table by hand.
  return row ? placeOf(row) : { position: 0, at: undefined };
}

export function placeOf({ position, at }: PlaceRow): Place {
  return { position: Number(position), at: at ?? undefined };
}
