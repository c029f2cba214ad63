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
  const taken = new Set<Ticket>();
  const found = amongEquals(pool, due, moment, taken);
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
  for (const ticket of due) if (!taken.has(ticket)) for (const isUp of [true, false]) look(ticket, isUp);
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

/**
 * Those of one rating meet first, and always may: by age, each the oldest that limits permit. To look for neighbours
 * would find the same; but each of a crowd would see its oldest, and all would look again with every couple that goes.
 * Where few of a crowd are due, the others must not meet each other, and these few are left to look.
 */
function amongEquals(
  pool: Pool,
  due: ReadonlySet<Ticket>,
  moment: AdaptiveMoment,
  taken: Set<Ticket>,
): Neighbours[] {
  const found: Neighbours[] = [];
  const seen = new Set<Ticket>();
  for (const each of due) {
    if (seen.has(each)) continue;
    const crowd = equalsOf(pool, each);
    let late = 0;
    for (const one of crowd) {
      seen.add(one);
      if (due.has(one)) late++;
    }
    if (late * 4 <= crowd.length) continue;
    for (let one = crowd.shift(); one; one = crowd.shift()) {
      const oldest = one;
      const place = crowd.findIndex((other) => moment.permits(oldest, other));
      const [other] = place < 0 ? [] : crowd.splice(place, 1);
      if (!other) continue;
      found.push(moment.neighbours(oldest, other));
      taken.add(oldest).add(other);
    }
  }
  return found;
}

/** Everybody with the rating of a ticket, oldest first. */
function equalsOf(pool: Pool, ticket: Ticket): Ticket[] {
  const older: Ticket[] = [];
  const down = pool.descend(ticket);
  const { rating } = down;
  while (down.next() && down.rating === rating) older.push(down.ticket);
  const crowd = [...older.reverse(), ticket];
  const up = pool.ascend(ticket);
  while (up.next() && up.rating === rating) crowd.push(up.ticket);
  return crowd;
}

/** The same for a pool where most are due and everybody may meet anybody: one walk along the ratings. */
function alongTheLine(pool: Pool, moment: AdaptiveMoment): readonly Neighbours[] {
  const found: Neighbours[] = [];
  // Those who wait for the next one, and what each would save beside the one below: ever less, or `Infinity` where the
  // two may not meet yet. Three lists, since a pass over a hundred thousand should make objects of couples alone.
  const tickets: Ticket[] = [];
  const ratings: number[] = [];
  const saved: number[] = [];
  const meet = (): void => {
    const savings = saved.pop()!;
    const other = tickets.pop()!;
    const gap = ratings.pop()! - ratings.pop()!;
    saved.pop();
    found.push({ one: tickets.pop()!, other, gap, savings });
  };
  const isBeforeLast = (ticket: Ticket, gap: number, savings: number): boolean => {
    const [below, top] = tickets.slice(-2) as [Ticket, Ticket];
    const last = ratings.at(-1)! - ratings.at(-2)!;
    return comesFirst(
      { one: top, other: ticket, gap, savings },
      { one: below, other: top, gap: last, savings },
    );
  };
  for (const walk = pool.ascend(); walk.next();) {
    const { ticket, rating } = walk;
    let savings = Infinity;
    for (let top = tickets.length - 1; top >= 0; top = tickets.length - 1) {
      const gap = rating - ratings[top]!;
      savings = moment.savingsNow(tickets[top]!, ticket, ratings[top]!, rating);
      const last = saved[top]!;
      if (last === Infinity || savings < last) break;
      if (savings === last && isBeforeLast(ticket, gap, savings)) break;
      savings = Infinity;
      meet();
    }
    tickets.push(ticket);
    ratings.push(rating);
    saved.push(savings);
  }
  while (saved.length > 1 && saved.at(-1)! < Infinity) meet();
  return found;
}
