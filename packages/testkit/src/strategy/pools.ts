import { MemoryPool, type Player, type Ticket } from "@evenmatch/core";
import type { StrategySubject } from "./subject.js";

/** A pool with the limits of the subject, filled in the order of joining, those that joined together as given. */
export function filled<P extends Player>(
  tickets: readonly Ticket<P>[],
  { limits }: StrategySubject<P>,
): MemoryPool<P> {
  const pool = new MemoryPool<P>([], { limits });
  for (const ticket of [...tickets].sort((one, other) => one.joinedAt - other.joinedAt)) pool.add(ticket);
  return pool;
}

/** A pool with the same past, in which these alone are left. */
export function reducedTo<P extends Player>(
  tickets: readonly Ticket<P>[],
  { limits }: StrategySubject<P>,
  pool: MemoryPool<P>,
): MemoryPool<P> {
  return new MemoryPool<P>(tickets, { limits, arrivalsOf: pool });
}

/** All that can be seen of a pool, copied. */
export function snapshot<P extends Player>(pool: MemoryPool<P>): unknown {
  const byRating: string[] = [];
  for (const walk = pool.ascend(); walk.next();) byRating.push(walk.ticket.id);
  const dirty = [...pool.dirty].map(({ id }) => id);
  return { tickets: structuredClone([...pool]), byRating, dirty };
}
