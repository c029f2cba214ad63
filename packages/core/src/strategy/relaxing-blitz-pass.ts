import type { Pool } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { byAge, byRating, gapBetween, ratingOf, type Ticket } from "../ticket/ticket.js";
import { duel } from "./couple.js";
import { evenness } from "./evenness.js";
import { freeFrom, linksOf } from "./links.js";
import { pairUp } from "./pairing.js";
import { Few, Row, type Field } from "./relaxing-blitz-field.js";
import type { BlitzMoment } from "./relaxing-blitz-moment.js";
import type { Proposal } from "./strategy.js";

/** Up to so many tickets that hang together, their best pairs are worth the time that it takes to find them. */
const PAIRED_UP = 256;

/**
 * One pass of a blitz over those who are due: whoever else waits may meet nobody else but one of them.
 *
 * 1. Forced tickets, oldest first, take the closest of those left whom the limits let them meet.
 * 2. Of those left, tickets that may meet hang together. Each such group is paired up by itself: the most pairs, then
 *    the least total gap; exact for groups up to 128 (see {@link pairUp}).
 * 3. In a group of more than 256 the tickets choose from the lowest rating upwards, each the closest above it.
 *    Nobody is left there who may meet somebody left.
 */
export class BlitzPass<P extends Player> {
  /** In a pass that looks at most of the pool. */
  readonly #row: Row<P> | undefined;
  readonly #field: Row<P> | Few<P>;
  readonly #proposals: Proposal<P>[] = [];

  constructor(
    pool: Pool<P>,
    private readonly moment: BlitzMoment<P>,
    private readonly due: ReadonlySet<Ticket<P>>,
    /** The gap at which the quality of a match is 0. */
    private readonly widest: number,
  ) {
    if (due.size * 4 > pool.size) this.#row = new Row(pool);
    this.#field = this.#row ?? new Few(pool);
  }

  proposals(): Proposal<P>[] {
    for (const ticket of this.moment.forced()) if (this.#field.has(ticket)) this.#force(ticket);
    if (this.#row) this.#lookAtMost(this.#row);
    else this.#lookAtFew(this.#field);
    return this.#proposals;
  }

  #force(ticket: Ticket<P>): void {
    // One that is not due has been with all the others before, in vain.
    const isAnybody = this.#row !== undefined || this.due.has(ticket);
    const other = isAnybody ? this.#closest(ticket) : this.#closestDue(ticket);
    if (!other) return;
    this.#field.take(ticket);
    this.#field.take(other);
    this.#propose(ticket, other);
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

  #lookAtMost(row: Row<P>): void {
    const areAllDue = this.due.size >= row.last;
    for (let place = row.upFrom(1); place <= row.last; place = row.upFrom(place + 1)) {
      // Somebody is due wherever a group can be.
      if (!areAllDue && !this.due.has(row.ticketAt(place))) continue;
      const places = this.#groupInRow(place, row);
      if (places.length === 1) continue;
      const group: Ticket<P>[] = [];
      const ratings: number[] = [];
      for (const each of Int32Array.from(places).sort()) {
        group.push(row.ticketAt(each));
        ratings.push(row.ratingAt(each));
      }
      this.#pairUp(group, ratings);
    }
  }

  #lookAtFew(field: Field<P>): void {
    for (const ticket of this.due) {
      if (!field.has(ticket)) continue;
      const group = this.#groupOf(ticket, field);
      if (group.length > 1) this.#pairUp(group.sort(byRating), group.map(ratingOf));
    }
  }

  /** Everybody who hangs together with this ticket; they leave the field. */
  #groupOf(first: Ticket<P>, field: Field<P>): Ticket<P>[] {
    const group = [first];
    field.take(first);
    // The furthest found goes on first: whoever it finds, those in between need not pass over again.
    const open = [first];
    for (let ticket = open.pop(); ticket; ticket = open.pop()) {
      const reach = this.moment.reachOf(ticket);
      for (const others of [field.above(ticket), field.below(ticket)]) {
        for (const [other, gap] of others) {
          if (gap > reach) break;
          if (!this.moment.mayMeet(ticket, other, gap)) continue;
          field.take(other);
          group.push(other);
          open.push(other);
        }
      }
    }
    return group;
  }

  /** The same by places. */
  #groupInRow(first: number, row: Row<P>): number[] {
    const group = [first];
    row.takeAt(first);
    const open = [first];
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      const ticket = row.ticketAt(place);
      const rating = row.ratingAt(place);
      const reach = this.moment.reachOf(ticket);
      const meets = (other: number, gap: number): void => {
        if (!this.moment.mayMeet(ticket, row.ticketAt(other), gap)) return;
        row.takeAt(other);
        group.push(other);
        open.push(other);
      };
      for (let other = row.downFrom(place - 1); other > 0; other = row.downFrom(other - 1)) {
        const gap = rating - row.ratingAt(other);
        if (gap > reach) break;
        meets(other, gap);
      }
      for (let other = row.upFrom(place + 1); other <= row.last; other = row.upFrom(other + 1)) {
        const gap = row.ratingAt(other) - rating;
        if (gap > reach) break;
        meets(other, gap);
      }
    }
    return group;
  }

  /** Pairs up a group, which comes in the order of ratings. */
  #pairUp(group: readonly Ticket<P>[], ratings: readonly number[]): void {
    if (group.length === 2) {
      this.#propose(group[0] as Ticket<P>, group[1] as Ticket<P>);
    } else if (group.length > PAIRED_UP) {
      this.#pairUpwards(group, ratings);
    } else {
      const pairs = pairUp(group, (one, other) => {
        const gap = gapBetween(one, other);
        return this.moment.mayMeet(one, other, gap) ? gap : Infinity;
      });
      for (const [one, other] of pairs) this.#propose(one, other);
    }
  }

  #pairUpwards(sorted: readonly Ticket<P>[], ratings: readonly number[]): void {
    const links = linksOf(sorted.length + 1);
    for (let low = 0; low < sorted.length; low = freeFrom(links, low + 1)) {
      const one = sorted[low] as Ticket<P>;
      const reach = this.moment.reachOf(one);
      for (let high = freeFrom(links, low + 1); high < sorted.length; high = freeFrom(links, high + 1)) {
        const other = sorted[high] as Ticket<P>;
        const gap = (ratings[high] as number) - (ratings[low] as number);
        if (gap > reach) break;
        if (!this.moment.mayMeet(one, other, gap)) continue;
        links[high] = high + 1;
        this.#proposals.push({ teams: [[one], [other]], quality: evenness(gap, this.widest) });
        break;
      }
    }
  }

  #propose(one: Ticket<P>, other: Ticket<P>): void {
    this.#proposals.push(duel({ one, other, gap: gapBetween(one, other) }, this.widest));
  }
}
