import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import { byCloseness, type Couple } from "./couple.js";
import { outward } from "./outward.js";

/** What one ticket looks at: its couples, the closest first. */
interface Prospect<P extends Player> {
  readonly couple: Couple<P>;
  readonly others: Iterator<readonly [ticket: Ticket<P>, gap: number]>;
}

/**
 * The closest couple that limits permit, then the closest of the rest, until none is left. Of two who may meet, one
 * at least is due: otherwise they would have met in the pass before.
 *
 * Each ticket that is due goes outward from its rating only as far as the nearest who is free and permitted. Whoever
 * stands first in a heap is the closest couple of all, because each waits there with its own closest.
 *
 * Cost: O((n + f) · log n) for n who are due and f couples that are asked about and not permitted.
 */
export function closestFirst<P extends Player>(
  due: ReadonlySet<Ticket<P>>,
  pool: Pool<P>,
  limits: Limits,
  reach: number,
  now: Millis,
): Couple<P>[] {
  const couples: Couple<P>[] = [];
  const taken = new Set<Ticket<P>>();
  const heap = new Heap<P>();
  const lookOn = (one: Ticket<P>, others: Prospect<P>["others"]): void => {
    for (let next = others.next(); !next.done; next = others.next()) {
      const [other, gap] = next.value;
      if (taken.has(other) || limits.between(one, other) > now) continue;
      heap.push({ couple: { one, other, gap }, others });
      return;
    }
  };
  for (const one of due) lookOn(one, outward(one, pool, reach));
  for (let first = heap.pop(); first; first = heap.pop()) {
    const { one, other } = first.couple;
    if (taken.has(one)) continue;
    if (taken.has(other)) {
      lookOn(one, first.others);
      continue;
    }
    taken.add(one).add(other);
    couples.push(first.couple);
  }
  return couples;
}

/** A binary heap: the closest couple first. */
class Heap<P extends Player> {
  readonly #all: Prospect<P>[] = [];

  push(prospect: Prospect<P>): void {
    const all = this.#all;
    let place = all.length;
    for (; place > 0; place = (place - 1) >> 1) {
      const parent = all[(place - 1) >> 1]!;
      if (byCloseness(parent.couple, prospect.couple) <= 0) break;
      all[place] = parent;
    }
    all[place] = prospect;
  }

  pop(): Prospect<P> | undefined {
    const all = this.#all;
    const first = all[0];
    const last = all.pop();
    if (!last || all.length === 0) return first;
    let place = 0;
    for (let child = 1; child < all.length; child = 2 * place + 1) {
      const right = all[child + 1];
      if (right && byCloseness(right.couple, all[child]!.couple) < 0) child++;
      if (byCloseness(last.couple, all[child]!.couple) <= 0) break;
      all[place] = all[child]!;
      place = child;
    }
    all[place] = last;
    return first;
  }
}
