/**
 * Who runs which pool: spreads pools evenly over owners (no two differ by more than one pool) and moves as few as
 * possible. Pools of an owner that is gone go to whoever has least; then the fullest give to the emptiest. Ties go
 * by the order in which owners and pools are listed, so every process comes to the same answer.
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
  const add = (owner: Owner, by: number): void => void load.set(owner, (load.get(owner) ?? 0) + by);
  for (const [pool, owner] of pools) {
    const stays = owner !== undefined && ownersOf(pool).includes(owner);
    placed.set(pool, stays ? owner : undefined);
    if (stays) add(owner, 1);
  }
  const least = (pool: Pool): Owner | undefined => {
    let best: Owner | undefined;
    for (const owner of ownersOf(pool)) {
      if (best === undefined || (load.get(owner) ?? 0) < (load.get(best) ?? 0)) best = owner;
    }
    return best;
  };
  for (const [pool, owner] of placed) {
    if (owner !== undefined) continue;
    const taker = least(pool);
    placed.set(pool, taker);
    if (taker !== undefined) add(taker, 1);
  }
  for (;;) {
    const move = widest(placed, least, load);
    if (!move) break;
    placed.set(move.pool, move.to);
    add(move.from, -1);
    add(move.to, 1);
  }
  const changes = new Map<Pool, Owner | undefined>();
  for (const [pool, owner] of placed) if (owner !== pools.get(pool)) changes.set(pool, owner);
  return changes;
}

/** The move that evens out most, if any evens out at all. */
function widest<Pool, Owner>(
  placed: ReadonlyMap<Pool, Owner | undefined>,
  least: (pool: Pool) => Owner | undefined,
  load: ReadonlyMap<Owner, number>,
): { pool: Pool; from: Owner; to: Owner } | undefined {
  let best: { pool: Pool; from: Owner; to: Owner } | undefined;
  let evens = 1;
  for (const [pool, from] of placed) {
    const to = least(pool);
    if (from === undefined || to === undefined) continue;
    const difference = (load.get(from) ?? 0) - (load.get(to) ?? 0);
    if (difference <= evens) continue;
    evens = difference;
    best = { pool, from, to };
  }
  return best;
}
