import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";
import type { Couple } from "./couple.js";
import { outward } from "./outward.js";

/** How far a ticket has looked. */
interface Look<P extends Player> {
  readonly others: Iterator<readonly [ticket: Ticket<P>, gap: number]>;
  couple: Couple<P> | undefined;
}

/**
 * The closest couple that limits permit, then the closest of the rest, until none is left. Of two who may meet, one
 * at least is due: otherwise they would have met in the pass before.
 *
 * Since no two couples tie, whoever are closest to each other meet, in whatever order they are found:
 *
 * 1. From a ticket that is due go to the closest of those left, from there to the closest to that one, and so on. The
 *    gaps get smaller, so it ends with two who are closest to each other: they meet.
 * 2. Go on with who stood before them. Each ticket looks outward from its rating, and never at anybody twice.
 *
 * Cost: O(log n) and the steps outward for each ticket that is looked from. After F. Murtagh, "A survey of recent
 * advances in hierarchical clustering algorithms" (1983), who builds trees of clusters along such chains.
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
  const looks = new Map<Ticket<P>, Look<P>>();
  const closestTo = (one: Ticket<P>): Couple<P> | undefined => {
    let look = looks.get(one);
    if (!look) looks.set(one, (look = { others: outward(one, pool, reach), couple: undefined }));
    while (!look.couple || taken.has(look.couple.other)) {
      const next = look.others.next();
      if (next.done) return undefined;
      const [other, gap] = next.value;
      if (taken.has(other) || !(due.has(one) || due.has(other))) continue;
      if (limits.between(one, other) <= now) look.couple = { one, other, gap };
    }
    return look.couple;
  };
  const chain: Ticket<P>[] = [];
  for (const first of due) {
    if (!taken.has(first)) chain.push(first);
    for (let one = chain.at(-1); one; one = chain.at(-1)) {
      const couple = closestTo(one);
      if (couple && couple.other !== chain.at(-2)) {
        chain.push(couple.other);
        continue;
      }
      chain.pop();
      if (!couple) continue;
      chain.pop();
      couples.push(couple);
      for (const each of [one, couple.other]) {
        taken.add(each);
        looks.delete(each);
      }
    }
  }
  return couples;
}
