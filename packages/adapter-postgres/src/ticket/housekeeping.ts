import type { Millis } from "@evenmatch/core";
import type { Database } from "../connection/database.js";

/** How long what has ended is remembered, in ms of the server's time. */
export interface Remembers {
  readonly retainMs: Millis;
  readonly dedupeMs: Millis;
}

/** How much is forgotten at once. */
const AT_ONCE = 5_000;
/** How often in a row: the rest has time until the owner cleans up again. */
const MOST_TURNS = 20;

/** An owner that said nothing for so long is not coming back. */
const DEAD_AFTER = "1 minute";
/** A question of that age has nobody who waits for its answer. */
const STALE_AFTER = "1 minute";

/** A pool, and the last change of it that its owner is known to have told. */
interface Told {
  readonly id: number;
  readonly seq: number;
}

/** Pools that nobody runs. Asked for by itself: the deletion takes long even where there are none, which is the rule. */
const ORPHANS = `
  SELECT p.id FROM {schema}.pools p WHERE NOT EXISTS (SELECT FROM {schema}.owners w WHERE w.id = p.owner)`;

/** The oldest changes of such pools: but for ends, which the next owner tells until their tickets are forgotten. */
const ORPHANED = `
  DELETE FROM {schema}.changes c USING (
    SELECT o.pool, o.seq FROM unnest($1::integer[]) p(id)
    CROSS JOIN LATERAL (SELECT * FROM {schema}.changes c WHERE c.pool = p.id ORDER BY c.seq LIMIT $2) o
    WHERE o.type NOT IN ('l', 'x', 'r') OR NOT EXISTS (SELECT FROM {schema}.tickets t WHERE t.id = o.ref)
      AND NOT EXISTS (SELECT FROM {schema}.matches m WHERE m.id = o.ref)
  ) old WHERE c.pool = old.pool AND c.seq = old.seq`;

/** Deletes what nobody needs any more: what has ended long ago, changes that were told, owners that are dead. */
export async function cleanUp(
  database: Database,
  told: readonly Told[],
  { retainMs, dedupeMs }: Remembers,
): Promise<void> {
  await database.query(
    `WITH old AS (SELECT * FROM unnest($1::integer[], $2::bigint[]) u(pool, seq))
     DELETE FROM {schema}.changes c USING old WHERE c.pool = old.pool AND c.seq <= old.seq`,
    [told.map(({ id }) => id), told.map(({ seq }) => seq)],
  );
  const orphans = await database.query<{ id: number }>(ORPHANS);
  if (orphans.length > 0) await database.query(ORPHANED, [orphans.map(({ id }) => id), AT_ONCE]);
  await database.query(
    `DELETE FROM {schema}.owners WHERE alive_until < clock_timestamp() - interval '${DEAD_AFTER}'`,
  );
  await database.query(
    `DELETE FROM {schema}.questions WHERE asked_on < clock_timestamp() - interval '${STALE_AFTER}'`,
  );
  for (let turn = 0; turn < MOST_TURNS; turn++) {
    const [row] = await database.query<{ n: number }>(
      `SELECT {schema}.forget($1 * interval '1 ms', $2 * interval '1 ms', $3) AS n`,
      [retainMs, dedupeMs, AT_ONCE],
    );
    if ((row?.n ?? 0) < AT_ONCE) return;
  }
}
