import type { Pool, RatingWalk } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import { freeFrom, linksOf } from "./links.js";

/** A ticket and how far it is from another, in rating points. */
export type Near<P extends Player> = readonly [ticket: Ticket<P>, ratingGap: number];

/**
 * Who is still to be had in a pass. Two ways to keep that: a pass over a few tickets walks the pool and passes over
 * whoever is taken; a pass over many first lays the pool out in a row that closes over the gaps, so that nobody walks
 * over the same taken tickets again and again.
 */
export class Field<P extends Player> {
  readonly #taken = new Set<Ticket<P>>();
  readonly #row: Row<P> | undefined;

  constructor(
    private readonly pool: Pool<P>,
    { isForMany }: { readonly isForMany: boolean },
  ) {
    if (isForMany) this.#row = new Row(pool);
  }

  has(ticket: Ticket<P>): boolean {
    return !this.#taken.has(ticket);
  }

  take(ticket: Ticket<P>): void {
    this.#taken.add(ticket);
    this.#row?.take(ticket);
  }

  /** Whoever is left above a ticket of the pool, nearest first; equal ratings oldest first. */
  above(ticket: Ticket<P>): Iterable<Near<P>> {
    return this.#along((this.#row ?? this.pool).ascend(ticket), ratingOf(ticket));
  }

  /** Whoever is left below it, nearest first; equal ratings youngest first. */
  below(ticket: Ticket<P>): Iterable<Near<P>> {
    return this.#along((this.#row ?? this.pool).descend(ticket), ratingOf(ticket));
  }

  /** Whoever is left, nearest to a ticket of the pool first; some may be taken on the way. */
  *near(ticket: Ticket<P>): Iterable<Near<P>> {
    for (const each of nearest(this.#row ?? this.pool, ticket)) if (this.has(each[0])) yield each;
  }

  *#along(walk: RatingWalk<P>, rating: number): Iterable<Near<P>> {
    while (walk.next()) if (this.has(walk.ticket)) yield [walk.ticket, Math.abs(walk.rating - rating)];
  }
}

/** The others, nearest to this one first. Cost: O(log n) to start, O(1) a step. */
export function* nearest<P extends Player>(
  row: Pick<Pool<P>, "ascend" | "descend">,
  ticket: Ticket<P>,
): Iterable<Near<P>> {
  const rating = ratingOf(ticket);
  const [up, down] = [row.ascend(ticket), row.descend(ticket)];
  let [isAbove, isBelow] = [up.next(), down.next()];
  while (isAbove || isBelow) {
    if (isAbove && !(isBelow && rating - down.rating < up.rating - rating)) {
      yield [up.ticket, up.rating - rating];
      isAbove = up.next();
    } else {
      yield [down.ticket, rating - down.rating];
      isBelow = down.next();
    }
  }
}

/** The tickets of a pool by rating, of which some are taken out. Cost: about O(1) a step, however many are. */
class Row<P extends Player> {
  readonly #tickets: Ticket<P>[] = [];
  readonly #ratings: number[] = [];
  readonly #places = new Map<Ticket<P>, number>();
  /** For each taken place, one nearer to the next that is not; places count from 1, and the ends are never taken. */
  readonly #up: Int32Array;
  readonly #down: Int32Array;

  constructor(pool: Pool<P>) {
    for (const walk = pool.ascend(); walk.next();) {
      this.#places.set(walk.ticket, this.#tickets.push(walk.ticket));
      this.#ratings.push(walk.rating);
    }
    this.#up = linksOf(this.#tickets.length + 2);
    this.#down = this.#up.slice();
  }

  take(ticket: Ticket<P>): void {
    const place = this.#places.get(ticket) as number;
    this.#up[place] = place + 1;
    this.#down[place] = place - 1;
  }

  ascend(from: Ticket<P>): RatingWalk<P> {
    return this.#walk(from, 1, this.#up);
  }

  descend(from: Ticket<P>): RatingWalk<P> {
    return this.#walk(from, -1, this.#down);
  }

  #walk(from: Ticket<P>, by: 1 | -1, links: Int32Array): RatingWalk<P> {
    let place = this.#places.get(from) as number;
    const [tickets, ratings] = [this.#tickets, this.#ratings];
    return {
      get ticket() {
        return tickets[place - 1] as Ticket<P>;
      },
      get rating() {
        return ratings[place - 1] as number;
      },
      next() {
        place = freeFrom(links, place + by);
        return place > 0 && place <= tickets.length;
      },
    };
  }
}
