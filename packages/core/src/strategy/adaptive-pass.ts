import { Heap } from "../heap.js";
import type { Pool } from "../pool/pool.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import type { AdaptiveMoment, Neighbours } from "./adaptive-moment.js";
import { byCloseness } from "./couple.js";

/** Told of two who meet, the lower first. */
type Meet = (low: Ticket, high: Ticket, gap: number) => void;

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
export function meetNeighbours(
  pool: Pool,
  due: ReadonlySet<Ticket>,
  moment: AdaptiveMoment,
  meet: Meet,
): void {
  if (!pool.limits && due.size * 4 > pool.size) {
    alongTheLine(pool, moment, meet);
    return;
  }
  const taken = new Set<Ticket>();
  amongEquals(pool, due, moment, taken, meet);
  const sights = new Heap<Sight>(comesFirst);
  /** Those whom somebody nearer to the other keeps from meeting, by who that is. */
  const behind = new Map<Ticket, Sight[]>();
  const nearestTo = (one: Ticket, isUp: boolean): Ticket | undefined =>
    moment.nearest(pool, one, isUp, taken).other;
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
    if (isUp) meet(one, other, sight.gap);
    else meet(other, one, sight.gap);
    for (const each of [one, other]) {
      taken.add(each);
      for (const waiting of behind.get(each) ?? []) sights.add(waiting);
    }
  }
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
  meet: Meet,
): void {
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
      meet(oldest, other, 0);
      taken.add(oldest).add(other);
    }
  }
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

/**
 * The same for a pool where most are due and everybody may meet anybody: one walk along the ratings. Those who wait for
 * the next one lie on a stack, and save ever less beside the one below, or may not meet it yet.
 */
function alongTheLine(pool: Pool, moment: AdaptiveMoment, meet: Meet): void {
  // Lists instead of couples: a pass over a hundred thousand should make no objects on the way.
  const stack: Ticket[] = [];
  const ratings: number[] = [];
  const saved: number[] = [];
  let height = 0;
  const meetTop = (): void => {
    height -= 2;
    meet(stack[height]!, stack[height + 1]!, ratings[height + 1]! - ratings[height]!);
  };
  for (const walk = pool.ascend(); walk.next();) {
    const { ticket, rating } = walk;
    let savings = Infinity;
    while (height > 0) {
      const top = ratings[height - 1]!;
      savings = moment.savingsNow(stack[height - 1]!, ticket, top, rating);
      const last = saved[height - 1]!;
      if (last === Infinity || savings < last) break;
      if (savings === last) {
        const closer = rating - top - (top - ratings[height - 2]!);
        // On a tie the one in between is in both couples, so that the ages of the others decide which comes first.
        if (closer < 0 || (closer === 0 && byAge(ticket, stack[height - 2]!) < 0)) break;
      }
      meetTop();
      savings = Infinity;
    }
    stack[height] = ticket;
    ratings[height] = rating;
    saved[height++] = savings;
  }
  while (height > 1 && saved[height - 1]! < Infinity) meetTop();
}
