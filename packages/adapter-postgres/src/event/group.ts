import type { Millis } from "@evenmatch/core";
import { batchAfter, HANDLER_BATCH, HANDLER_TRIES, waitAfter } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";
import { endOf, whileNobodyCleans, type Around } from "./around.js";
import { pageOf, readPage, type Entry, type EntryRow } from "./entry.js";

/** Events that one member works on; nobody else gets those of its group until it is done, or its lease has ended. */
export interface Taken {
  readonly id: number;
  /** Grows with every member that takes events. */
  readonly fence: string;
  /** How often the first of them were begun, this time included. */
  readonly tries: number;
  readonly entries: readonly Entry[];
  /** Positions that were cleaned for their age before the group came to them, and nobody was told of yet. */
  readonly missed: number;
}

/** How acknowledging came out: `lost` where another member has taken over. */
export type Acknowledged =
  | { readonly type: "lost" }
  | { readonly type: "next"; readonly taken: Taken }
  /** Another member should be told that it is its turn. */
  | { readonly type: "released"; readonly isWanted: boolean };

interface TakenRow extends EntryRow {
  readonly id: number;
  readonly fence: string;
  readonly tries: number;
  readonly missed: string;
}

interface AcknowledgedRow extends TakenRow {
  readonly kept: boolean;
  readonly wanted: boolean;
}

/** The fewer events, the more often they were begun in vain. */
const LIMIT = `(ARRAY[${Array.from({ length: HANDLER_TRIES + 1 }, (_, tries) => batchAfter(tries)).join(",")}])`;

const PAGE = pageOf("t.position", `${LIMIT}[least(t.tries, ${HANDLER_TRIES + 1})]`);

/**
 * A page of events that is older than the update beside it, and so may lack the newest, never one in between: every
 * snapshot has all positions up to some end.
 */
const TAKE = `
WITH t AS (
  UPDATE {schema}.event_groups g
  SET fence = {schema}.next_fence(g.fence), tries = g.tries + 1, is_wanted = false, missed = g.missed - before.missed,
    served_at = clock_timestamp(),
    leased_until = clock_timestamp() + $2 * interval '1 ms'
  FROM (SELECT id, missed FROM {schema}.event_groups WHERE name = $1) before
  WHERE g.id = before.id AND (g.leased_until IS NULL OR g.leased_until <= clock_timestamp())
    AND (before.missed > 0 OR EXISTS (SELECT FROM {schema}.events e WHERE e.position > g.position))
  RETURNING g.id, g.position, g.fence, g.tries, before.missed
)
SELECT t.id, t.fence::text, t.tries, t.missed::text, page.*
FROM t LEFT JOIN LATERAL (${PAGE}) page ON true ORDER BY page.position::bigint`;

const WANT = `
WITH wanted AS (
  UPDATE {schema}.event_groups g SET is_wanted = true
  WHERE g.name = $1 AND NOT g.is_wanted AND g.leased_until > clock_timestamp()
)
SELECT ceil(extract(epoch FROM g.leased_until - clock_timestamp()) * 1000)::float8 AS "leftMs"
FROM {schema}.event_groups g WHERE g.name = $1`;

const ACKNOWLEDGE = `
WITH t AS (
  UPDATE {schema}.event_groups g
  SET position = greatest(g.position, $3), served_at = clock_timestamp(),
    tries = CASE WHEN more.kept THEN 1 ELSE 0 END,
    leased_until = CASE WHEN more.kept THEN clock_timestamp() + $4 * interval '1 ms' END
  FROM (
    SELECT o.id, o.is_wanted, there.there AND NOT $5 AND NOT (o.is_wanted AND $6) AS kept, there.there
    FROM {schema}.event_groups o, LATERAL (
      SELECT EXISTS (SELECT FROM {schema}.events e WHERE e.position > greatest(o.position, $3)) AS there
    ) there
    WHERE o.id = $1
  ) more
  WHERE g.id = more.id AND g.fence = $2
  RETURNING g.id, g.position, g.fence, g.tries, more.kept, more.there AND more.is_wanted AS wanted
)
SELECT t.id, t.fence::text, t.tries, '0' AS missed, t.kept, t.wanted, page.*
FROM t LEFT JOIN LATERAL (${PAGE}) page ON t.kept ORDER BY page.position::bigint`;

const RENEW = `UPDATE {schema}.event_groups SET leased_until = clock_timestamp() + $3 * interval '1 ms'
  WHERE id = $1 AND fence = $2 RETURNING 1`;

/** The lease goes on for nobody, until it is time to try again. */
const FAIL = `UPDATE {schema}.event_groups g
  SET fence = {schema}.next_fence(g.fence), tries = $4, leased_until = clock_timestamp() + $3 * interval '1 ms'
  WHERE id = $1 AND fence = $2`;

const PUT_ASIDE = `INSERT INTO {schema}.events_aside (group_name, position, event, reason)
  SELECT name, $2, $3, $4 FROM {schema}.event_groups WHERE id = $1 ON CONFLICT DO NOTHING`;

/** A group as the database has it: who works on its events, and how far it is. */
export class Group {
  readonly name: string;
  readonly #around: Around;
  readonly #database: Database;

  constructor(name: string, around: Around) {
    this.name = name;
    this.#around = around;
    this.#database = around.database;
  }

  /** Makes the group where there is none of this name: it gets what is published from now on. */
  async enter(): Promise<void> {
    await whileNobodyCleans(this.#around, async (sender) => {
      const { position } = await endOf(sender);
      await sender.query(
        "INSERT INTO {schema}.event_groups (name, position) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        [this.name, position],
      );
    });
  }

  /** Takes the next events, if there are some and nobody works on any. */
  async take(): Promise<Taken | undefined> {
    return takenOf(await this.#database.query<TakenRow>(TAKE, [this.name, this.#around.leaseMs]));
  }

  /**
   * Says that it is somebody else's turn too. For how long others have the lease yet, in ms; 0 for nobody, and
   * `undefined` where there is no such group any more.
   */
  async want(): Promise<Millis | undefined> {
    const [row] = await this.#database.query<{ leftMs: number | null }>(WANT, [this.name]);
    return row ? Math.max(0, row.leftMs ?? 0) : undefined;
  }

  /**
   * Acknowledges all up to a position, and takes what is next, but when this member closes, or when others wait and it
   * had a good turn. May be repeated: the fence is the same.
   */
  async acknowledge(
    { id, fence }: Taken,
    position: number,
    { isClosing, isOverdue }: { readonly isClosing: boolean; readonly isOverdue: boolean },
  ): Promise<Acknowledged> {
    const values = [id, fence, position, this.#around.leaseMs, isClosing, isOverdue];
    const rows = await this.#database.query<AcknowledgedRow>(ACKNOWLEDGE, values);
    const [first] = rows;
    if (!first) return { type: "lost" };
    const taken = first.kept ? takenOf(rows) : undefined;
    return taken ? { type: "next", taken } : { type: "released", isWanted: first.wanted };
  }

  /** Keeps the lease for longer; false where another member has taken over. */
  async renew({ id, fence }: Taken): Promise<boolean> {
    return (await this.#database.query(RENEW, [id, fence, this.#around.leaseMs])).length > 0;
  }

  /** Leaves events unfinished: a member gets them again, in a while. */
  async fail({ id, fence, tries }: Taken): Promise<void> {
    await this.#database.query(FAIL, [id, fence, waitAfter(tries), tries]);
  }

  /** Leaves events that were not begun: a member gets them at once. */
  async leave({ id, fence, tries }: Taken): Promise<void> {
    await this.#database.query(FAIL, [id, fence, 0, tries - 1]);
  }

  /** Keeps an event that nobody was done with, for somebody to look at. */
  async putAside({ id }: Taken, { position, text }: Entry, reason: string): Promise<void> {
    await this.#database.query(PUT_ASIDE, [id, position, text, reason]);
  }
}

function takenOf(rows: readonly TakenRow[]): Taken | undefined {
  const [first] = rows;
  if (!first) return undefined;
  const { id, fence, tries, missed } = first;
  const listed = rows.filter(({ position }) => position !== null);
  return { id, fence, tries, missed: Number(missed), entries: readPage(listed, HANDLER_BATCH).entries };
}
