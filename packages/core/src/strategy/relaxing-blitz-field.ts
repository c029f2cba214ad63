import type { Pool, RatingWalk } from "../pool/pool.js";
import type { Player } from "../ticket/player.js";
import { ratingOf, type Ticket } from "../ticket/ticket.js";
import { freeFrom, linksOf } from "./links.js";

/** A ticket and how far it is from another, in rating points. */
export type Near<P extends Player> = readonly [ticket: Ticket<P>, ratingGap: number];

/**
 * Who is still to be had in a pass. Two ways to keep that: a pass over a few tickets walks the pool and passes over
 * whoever is taken; a pass over many first lays the pool out in a {@link Row}.
 */
export interface Field<P extends Player> {
  has(ticket: Ticket<P>): boolean;
  take(ticket: Ticket<P>): void;
  /** Whoever is left above a ticket of the pool, nearest first; equal ratings oldest first. */
  above(ticket: Ticket<P>): Iterable<Near<P>>;
  /** Whoever is left below it, nearest first; equal ratings youngest first. */
  below(ticket: Ticket<P>): Iterable<Near<P>>;
}

/** The pool itself, and whom to pass over in it. */
export class Few<P extends Player> implements Field<P> {
  readonly #taken = new Set<Ticket<P>>();

  constructor(private readonly pool: Pool<P>) {}

  has(ticket: Ticket<P>): boolean {
    return !this.#taken.has(ticket);
  }

  take(ticket: Ticket<P>): void {
    this.#taken.add(ticket);
  }

  above(ticket: Ticket<P>): Iterable<Near<P>> {
    return this.#along(this.pool.ascend(ticket), ratingOf(ticket));
  }

  below(ticket: Ticket<P>): Iterable<Near<P>> {
    return this.#along(this.pool.descend(ticket), ratingOf(ticket));
  }

  *#along(walk: RatingWalk<P>, rating: number): Iterable<Near<P>> {
    while (walk.next()) if (this.has(walk.ticket)) yield [walk.ticket, Math.abs(walk.rating - rating)];
  }
}

/**
 * The tickets of a pool by rating, each at its place, counted from 1. It closes over whoever is taken out, so that
 * nobody walks over the same taken tickets again and again. Cost: about O(1) a step, however many are.
 */
export class Row<P extends Player> implements Field<P> {
  readonly #tickets: Ticket<P>[] = [];
  readonly #ratings: number[] = [];
  /** Made when somebody is looked for by ticket. */
  #places: Map<Ticket<P>, number> | undefined;
  /** For each taken place, one nearer to the next that is not; the ends, where nobody is, are never taken. */
  readonly #up: Int32Array;
  readonly #down: Int32Array;

  constructor(pool: Pool<P>) {
    for (const walk = pool.ascend(); walk.next();) {
      this.#tickets.push(walk.ticket);
      this.#ratings.push(walk.rating);
    }
    this.#up = linksOf(this.#tickets.length + 2);
    this.#down = this.#up.slice();
  }

  /** The last place. */
  get last(): number {
    return this.#tickets.length;
  }

  ticketAt(place: number): Ticket<P> {
    return this.#tickets[place - 1] as Ticket<P>;
  }

  ratingAt(place: number): number {
    return this.#ratings[place - 1] as number;
  }

  hasAt(place: number): boolean {
    return this.#up[place] === place;
  }

  /** The first place from here upwards that is not taken; beyond `last` there is none. */
  upFrom(place: number): number {
    return freeFrom(this.#up, place);
  }

  /** The first place from here downwards that is not taken; 0 where there is none. */
  downFrom(place: number): number {
    return freeFrom(this.#down, place);
  }

  takeAt(place: number): void {
    this.#up[place] = place + 1;
    this.#down[place] = place - 1;
  }

  has(ticket: Ticket<P>): boolean {
    return this.hasAt(this.#placeOf(ticket));
  }

  take(ticket: Ticket<P>): void {
    this.takeAt(this.#placeOf(ticket));
  }

  *above(ticket: Ticket<P>): Iterable<Near<P>> {
    const from = this.#placeOf(ticket);
    for (let place = this.upFrom(from + 1); place <= this.last; place = this.upFrom(place + 1))
      yield [this.ticketAt(place), this.ratingAt(place) - this.ratingAt(from)];
  }

  *below(ticket: Ticket<P>): Iterable<Near<P>> {
    const from = this.#placeOf(ticket);
    for (let place = this.downFrom(from - 1); place > 0; place = this.downFrom(place - 1))
      yield [this.ticketAt(place), this.ratingAt(from) - this.ratingAt(place)];
  }

  #placeOf(ticket: Ticket<P>): number {
    this.#places ??= new Map(this.#tickets.map((each, index) => [each, index + 1]));
    return this.#places.get(ticket) as number;
  }
}
