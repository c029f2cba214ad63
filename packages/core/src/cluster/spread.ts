/**
 * Who runs which pool: spreads pools evenly over owners (no two differ by more than one pool) and moves as few as
 * possible. Pools of an owner that is gone go to whoever has least; then the fullest give to the emptiest. Ties go
 * by the order in which owners and pools are listed, so every process comes to the same answer.
 *
 * This is the rule in as few words as it takes, for a store in memory: it looks at all pools for each move. Adapters have
 * `adapter/spread.ts`, which comes to the same in less time.
 *
 * @param pools every pool, with its present owner if it has one
 * @param ownersOf the owners that may run a pool, the longest-standing first
 * @returns the pools whose owner changes
 */
export function spread<Pool, Owner>(
  pools: ReadonlyMap<Pool, Owner | undefined>,
  ownersOf: (pool: Pool) => readonly Owner[],
): Map<Pool, Owner | undefined> {
  const load = new Map<Owner, number>();
  const placed = new Map<Pool, Owner | undefined>();
  const add = (owner: Owner | undefined, by: number): void => {
    if (owner !== undefined) load.set(owner, (load.get(owner) ?? 0) + by);
  };
  for (const [pool, owner] of pools) {
    const stays = owner !== undefined && ownersOf(pool).includes(owner);
    placed.set(pool, stays ? owner : undefined);
    if (stays) add(owner, 1);
  }
  for (let move = widest(placed, ownersOf, load); move; move = widest(placed, ownersOf, load)) {
    placed.set(move.pool, move.to);
    add(move.from, -1);
    add(move.to, 1);
  }
  const changes = new Map<Pool, Owner | undefined>();
  for (const [pool, owner] of placed) if (owner !== pools.get(pool)) changes.set(pool, owner);
  return changes;
}

/** The move that evens out most, if any evens out at all. A pool that nobody runs comes before all others. */
function widest<Pool, Owner>(
  placed: ReadonlyMap<Pool, Owner | undefined>,
  ownersOf: (pool: Pool) => readonly Owner[],
  load: ReadonlyMap<Owner, number>,
): { pool: Pool; from: Owner | undefined; to: Owner } | undefined {
  let best: { pool: Pool; from: Owner | undefined; to: Owner } | undefined;
  let evens = 1;
  for (const [pool, from] of placed) {
    for (const to of ownersOf(pool)) {
      const difference =
        (from === undefined ? Number.MAX_SAFE_INTEGER : (load.get(from) ?? 0)) - (load.get(to) ?? 0);
      if (difference <= evens) continue;
      evens = difference;
      best = { pool, from, to };
    }
  }
  return best;
}
