import type { BusEvent } from "@evenmatch/core";
import { decodeEvent } from "@evenmatch/core/adapter";

/** A position in the log of events, and when what is there was published, in µs: a failover may put another event there. */
export interface Place {
  readonly position: number;
  readonly at: string | undefined;
}

/** SQL of when the event `e` was published, as a {@link Place} says it. */
export const PUBLISHED_AT = "(extract(epoch FROM e.published_at) * 1000000)::bigint";

/** An event at its place. */
export interface Entry extends Place {
  readonly text: string;
  /** Missing for text that is no event of a version that is known here. */
  readonly event: BusEvent | undefined;
}

/** Events as they were read, and whether there are more. */
export interface Page {
  readonly entries: readonly Entry[];
  readonly isMore: boolean;
}

/** A row of {@link pageOf}. Numbers are text, because an application may have changed how its driver reads them. */
export interface EntryRow {
  readonly position: string;
  readonly at: string;
  readonly event: string | null;
  /** Of how many rows so many were chosen that they are not too large together. */
  readonly available: string;
}

/** So many bytes of events are read at once, and one event more. */
const BYTES = 4_000_000;

/**
 * Reads a page of events behind a position, given as an expression of SQL; `limit` is another. The row at the position
 * itself comes first, without its text, where it is there.
 */
export function pageOf(position: string, limit: string): string {
  return `SELECT position::text, at::text, event, available::text FROM (
    SELECT position, at, event, count(*) OVER () AS available,
      sum(size) OVER (ORDER BY position) - size AS before
    FROM (
      SELECT e.position, ${PUBLISHED_AT} AS at,
        CASE WHEN e.position > ${position} THEN e.event END AS event,
        CASE WHEN e.position > ${position} THEN octet_length(e.event) ELSE 0 END AS size
      FROM {schema}.events e WHERE e.position >= ${position} ORDER BY e.position LIMIT ${limit} + 1
    ) listed
  ) sized WHERE before < ${BYTES} ORDER BY sized.position`;
}

/** Whether the row at the position was there, and what came behind it. */
export function readPage(rows: readonly EntryRow[], limit: number): Page {
  const entries: Entry[] = [];
  for (const { position, at, event } of rows)
    if (event !== null) entries.push({ position: Number(position), at, text: event, event: decoded(event) });
  const available = Number(rows[0]?.available ?? 0);
  return { entries, isMore: rows.length < available || available > limit };
}

function decoded(text: string): BusEvent | undefined {
  try {
    return decodeEvent(text);
  } catch {
    return undefined;
  }
}
