import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byAge, gapBetween, ratingOf, type Ticket } from "../ticket/ticket.js";
import type { Couple } from "./couple.js";
import { pairUp } from "./pairing.js";
import { Field } from "./relaxing-blitz-field.js";
import type { BlitzMoment } from "./relaxing-blitz-moment.js";

/** Up to so many tickets that hang together, their best pairs are worth the time that it takes to find them. */
const PAIRED_UP = 256;

/**
 * The couples of one pass of a blitz over those who are due: whoever else waits may meet nobody else but one of them.
 *
 * 1. Forced tickets, oldest first, take the closest of those left whom the limits let them meet.
 * 2. Of those left, tickets that may meet hang together. Each such group is paired up by itself: the most pairs, then
 *    the least total gap; exact for groups up to 128 (see {@link pairUp}).
 * 3. In a group of more than 256 the tickets choose from the lowest rating upwards, each the closest above it.
 *    Nobody is left there who may meet somebody left.
 */
export class BlitzPass<P extends Player> {
  readonly #field: Field<P>;
  readonly #looksAtMost: boolean;
  readonly #couples: Couple<P>[] = [];

  constructor(
    pool: Pool<P>,
    private readonly moment: BlitzMoment<P>,
    private readonly due: ReadonlySet<Ticket<P>>,
  ) {
    this.#looksAtMost = due.size * 4 > pool.size;
    this.#field = new Field(pool, { isForMany: this.#looksAtMost });
  }

  couples(): readonly Couple<P>[] {
    for (const ticket of this.moment.forced()) if (this.#field.has(ticket)) this.#force(ticket);
    for (const ticket of this.due) {
      if (!this.#field.has(ticket)) continue;
      const group = this.#groupOf(ticket);
      // A full pool may be one group: too many to be handed over as arguments.
      if (group.length > 1) for (const couple of this.#pairUp(group)) this.#couples.push(couple);
    }
    return this.#couples;
  }

  #force(ticket: Ticket<P>): void {
    // One that is not due has been with all the others before, in vain.
    const isAnybody = this.#looksAtMost || this.due.has(ticket);
    const other = isAnybody ? this.#closest(ticket) : this.#closestDue(ticket);
    if (!other) return;
    this.#field.take(ticket);
    this.#field.take(other);
    this.#couples.push(coupleOf(ticket, other));
  }

  /**
   * The nearest that limits permit; of those equally near the oldest. Upwards that is the first, downwards the last of
   * equal ratings: many have the rating that newcomers get.
   */
  #closest(ticket: Ticket<P>): Ticket<P> | undefined {
    let [closest, least]: [Ticket<P> | undefined, number] = [undefined, Infinity];
    for (const [other, gap] of this.#field.above(ticket)) {
      if (!this.moment.areLet(ticket, other)) continue;
      [closest, least] = [other, gap];
      break;
    }
    for (const [other, gap] of this.#field.below(ticket)) {
      if (gap > least) break;
      if (closest && gap === least && byAge(closest, other) < 0) continue;
      if (this.moment.areLet(ticket, other)) [closest, least] = [other, gap];
    }
    return closest;
  }

  #closestDue(ticket: Ticket<P>): Ticket<P> | undefined {
    return [...this.due]
      .filter((other) => this.#field.has(other))
      .map((other) => ({ other, gap: gapBetween(ticket, other) }))
      .sort((one, two) => one.gap - two.gap || byAge(one.other, two.other))
      .find(({ other }) => this.moment.areLet(ticket, other))?.other;
  }

  /** Everybody who hangs together with this ticket; they leave the field. */
  #groupOf(first: Ticket<P>): Ticket<P>[] {
    const group = [first];
    this.#field.take(first);
    // The furthest found goes on first: whoever it finds, those in between need not pass over again.
    const open = [first];
    for (let ticket = open.pop(); ticket; ticket = open.pop()) {
      const reach = this.moment.reachOf(ticket);
      for (const [other, gap] of this.#field.near(ticket)) {
        if (gap > reach) break;
        if (!this.moment.mayMeet(ticket, other, gap)) continue;
        this.#field.take(other);
        group.push(other);
        open.push(other);
      }
    }
    return group;
  }

  #pairUp(group: readonly Ticket<P>[]): Couple<P>[] {
    if (group.length === 2) return [coupleOf(group[0] as Ticket<P>, group[1] as Ticket<P>)];
    if (group.length > PAIRED_UP) return this.#pairUpwards(group);
    const pairs = pairUp(group, (one, other) => {
      const gap = gapBetween(one, other);
      return this.moment.mayMeet(one, other, gap) ? gap : Infinity;
    });
    return pairs.map(([one, other]) => coupleOf(one, other));
  }

  #pairUpwards(group: readonly Ticket<P>[]): Couple<P>[] {
    const sorted = group
      .map((ticket) => ({ ticket, rating: ratingOf(ticket), isFree: true }))
      .sort((one, other) => one.rating - other.rating || byAge(one.ticket, other.ticket));
    const couples: Couple<P>[] = [];
    for (const [place, low] of sorted.entries()) {
      if (!low.isFree) continue;
      const reach = this.moment.reachOf(low.ticket);
      for (let next = place + 1; next < sorted.length; next++) {
        const high = sorted[next] as typeof low;
        const gap = high.rating - low.rating;
        if (gap > reach) break;
        if (!high.isFree || !this.moment.mayMeet(low.ticket, high.ticket, gap)) continue;
        high.isFree = false;
        couples.push({ one: low.ticket, other: high.ticket, gap });
        break;
      }
    }
    return couples;
  }
}

function coupleOf<P extends Player>(one: Ticket<P>, other: Ticket<P>): Couple<P> {
  return { one, other, gap: gapBetween(one, other) };
}
