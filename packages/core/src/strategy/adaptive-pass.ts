import { Heap } from "../heap.js";
import type { Pool } from "../pool/pool.js";
import type { Ticket } from "../ticket/ticket.js";
import type { AdaptiveMoment, Neighbours } from "./adaptive-moment.js";
import { byCloseness } from "./couple.js";

/** Somebody and the nearest on one side. */
interface Sight extends Neighbours {
  /** Whether `other` is looked for upwards. */
  readonly isUp: boolean;
}

/** Whom waiting on would save less; nobody ties. */
function comesFirst(first: Neighbours, second: Neighbours): boolean {
  return (first.savings - second.savings || byCloseness(first, second)) < 0;
}

/**
 * Who meets whom in one pass of `Adaptive`: of all neighbours who may meet those with the least savings, and again for
 * whoever is left. One of two who may meet is due; otherwise they would have met before.
 */
export function adaptivePairs(
  pool: Pool,
  due: ReadonlySet<Ticket>,
  moment: AdaptiveMoment,
): readonly Neighbours[] {
  if (!pool.limits && due.size * 4 > pool.size) return alongTheLine(pool, moment);
  const found: Neighbours[] = [];
  const taken = new Set<Ticket>();
  const sights = new Heap<Sight>(comesFirst);
  /** Those whom somebody nearer to the other keeps from meeting, by who that is. */
  const behind = new Map<Ticket, Sight[]>();
  const nearestTo = (one: Ticket, isUp: boolean): Ticket | undefined =>
    moment.nearest(one, isUp ? pool.ascend(one) : pool.descend(one), taken).other;
  const look = (one: Ticket, isUp: boolean): void => {
    const other = nearestTo(one, isUp);
    if (!other) return;
    const neighbours = moment.neighbours(one, other);
    if (moment.isTime(neighbours)) sights.add({ ...neighbours, isUp });
  };
  for (const ticket of due) for (const isUp of [true, false]) look(ticket, isUp);
  for (let sight = sights.pop(); sight; sight = sights.pop()) {
    const { one, other, isUp } = sight;
    if (taken.has(one)) continue;
    if (taken.has(other)) {
      look(one, isUp);
      continue;
    }
    const nearest = nearestTo(other, !isUp) as Ticket;
    if (nearest !== one) {
      behind.set(nearest, [...(behind.get(nearest) ?? []), sight]);
      continue;
    }
    found.push(sight);
    for (const each of [one, other]) {
      taken.add(each);
      for (const waiting of behind.get(each) ?? []) sights.add(waiting);
    }
  }
  return found;
}

/** The same for a pool where most are due and everybody may meet anybody: one walk along the ratings. */
function alongTheLine(pool: Pool, moment: AdaptiveMoment): readonly Neighbours[] {
  const found: Neighbours[] = [];
  const stack: Ticket[] = [];
  /** Each on the stack but the first with the one below, `undefined` where they may not meet yet. */
  const below: (Neighbours | undefined)[] = [];
  const push = (ticket: Ticket): void => {
    let last: Neighbours | undefined;
    for (;;) {
      const top = stack.at(-1);
      const neighbours = top && moment.neighbours(top, ticket);
      const next = neighbours && moment.isTime(neighbours) ? neighbours : undefined;
      last = below.at(-1);
      if (!last || (next && comesFirst(next, last))) {
        below.push(next);
        stack.push(ticket);
        return;
      }
      meet(last);
    }
  };
  const meet = (neighbours: Neighbours): void => {
    found.push(neighbours);
    stack.length -= 2;
    below.length -= 2;
  };
  for (const walk = pool.ascend(); walk.next();) push(walk.ticket);
  for (let last = below.at(-1); last; last = below.at(-1)) meet(last);
  return found;
}
