import type { Millis } from "@evenmatch/core";
import { spread } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";

interface OwnerRow {
  readonly id: string;
  readonly queues: readonly string[];
  /** How long it is alive by its last sign, in ms from now. */
  readonly left: number;
}

interface PoolRow {
  readonly id: number;
  readonly queue: string;
  readonly owner: string | null;
  readonly fence: string;
}

/** What a look at owners and pools came to. */
export interface Spreading {
  /** Pools have changed hands. */
  readonly moved: boolean;
  /** When the next of the others would be taken for dead, in ms from now; `Infinity` if there are none. */
  readonly nextEnd: Millis;
}

const STAND = `
  SELECT (
    SELECT COALESCE(json_agg(json_build_object('id', o.id, 'queues', o.queues,
      'left', ceil(extract(epoch FROM o.alive_until - clock_timestamp()) * 1000)) ORDER BY o.since), '[]')::text
    FROM {schema}.owners o WHERE o.alive_until > clock_timestamp()
  ) AS owners, (
    SELECT COALESCE(json_agg(json_build_object('id', p.id, 'queue', p.queue, 'owner', p.owner, 'fence', p.fence::text)
      ORDER BY p.id), '[]')::text
    FROM {schema}.pools p
  ) AS pools`;

/** Whoever looks at the same comes to the same; the fence tells who was faster. */
const MOVE = `
  WITH moves AS (SELECT * FROM unnest($1::integer[], $2::bigint[], $3::text[]) c(id, fence, owner)),
  held AS (
    SELECT p.id FROM {schema}.pools p JOIN moves c ON c.id = p.id ORDER BY p.id FOR NO KEY UPDATE OF p
  )
  UPDATE {schema}.pools p SET owner = c.owner, fence = {schema}.next_fence(p.fence)
  FROM moves c JOIN held ON held.id = c.id
  WHERE p.id = c.id AND p.fence = c.fence AND (c.owner IS NULL OR EXISTS (
    SELECT FROM {schema}.owners o WHERE o.id = c.owner AND o.alive_until > clock_timestamp()
  ))
  RETURNING p.id`;

/** Says that an owner lives, for so many ms from now; makes it known when it is new. Answers with its name. */
export async function liveOn(
  database: Database,
  id: string | undefined,
  queues: readonly string[],
  leaseMs: Millis,
): Promise<string> {
  const [row] = await database.query<{ id: string }>(
    `INSERT INTO {schema}.owners (id, queues, alive_until)
     VALUES (COALESCE($1::text, gen_random_uuid()::text), $2::text[], clock_timestamp() + $3 * interval '1 ms')
     ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
     RETURNING id`,
    [id ?? null, queues, leaseMs],
  );
  return (row as { id: string }).id;
}

/** Spreads the pools over those who live. */
export async function spreadPools(database: Database, me: string): Promise<Spreading> {
  const [stand] = await database.query<{ owners: string; pools: string }>(STAND);
  const owners = JSON.parse(stand?.owners ?? "[]") as OwnerRow[];
  const pools = JSON.parse(stand?.pools ?? "[]") as PoolRow[];
  const byId = new Map(owners.map((owner) => [owner.id, owner]));
  const ofQueue = new Map<string, OwnerRow[]>();
  const ownersOf = ({ queue }: PoolRow): OwnerRow[] => {
    let fitting = ofQueue.get(queue);
    if (!fitting) ofQueue.set(queue, (fitting = owners.filter(({ queues }) => queues.includes(queue))));
    return fitting;
  };
  const placed = new Map(pools.map((pool) => [pool, pool.owner === null ? undefined : byId.get(pool.owner)]));
  // A pool whose owner is dead and whose queue nobody else runs stays as it is until somebody comes.
  const moves = [...spread(placed, ownersOf)].filter(([pool, owner]) => pool.owner !== (owner?.id ?? null));
  const moved =
    moves.length > 0 &&
    (
      await database.query(MOVE, [
        moves.map(([{ id }]) => id),
        moves.map(([{ fence }]) => fence),
        moves.map(([, owner]) => owner?.id ?? null),
      ])
    ).length > 0;
  const nextEnd = Math.min(...owners.filter(({ id }) => id !== me).map(({ left }) => left));
  return { moved, nextEnd };
}

/** Gives up all pools of an owner, and forgets it. */
export async function goAway(database: Database, me: string): Promise<void> {
  await database.query(
    `WITH gone AS (DELETE FROM {schema}.owners WHERE id = $1), held AS (
       SELECT p.id FROM {schema}.pools p WHERE p.owner = $1 ORDER BY p.id FOR NO KEY UPDATE
     )
     UPDATE {schema}.pools p SET owner = NULL, fence = {schema}.next_fence(p.fence) FROM held
     WHERE p.id = held.id AND p.owner = $1`,
    [me],
  );
}
