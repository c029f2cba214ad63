import type { Limits } from "../limit/limits.js";
import { invalid } from "../options.js";
import type { Player } from "../ticket/player.js";
import { byAge, ratingOf, type Ticket } from "../ticket/ticket.js";
import { Order } from "./order.js";
import type { Arrival, Pool, RatingWalk, Waiting } from "./pool.js";

const ARRIVALS = 1_024;

/** What a {@link MemoryPool} is made with beside its tickets. */
export interface MemoryPoolOptions {
  /** Who may not meet whom: the limits of the queue. */
  readonly limits?: Limits | undefined;
  /** A pool whose arrivals it remembers, in place of those of the tickets it is filled with. */
  readonly arrivalsOf?: Waiting | undefined;
}

/**
 * The pool that the core ships. Trade-off: it keeps an order only from the moment a strategy first reads it, so
 * that a strategy which looks at age alone never pays for ratings, and the first read of a filled pool sorts it.
 *
 * | call | cost |
 * |---|---|
 * | `add`, `giveBack`, `remove` | O(log n) for each order in use |
 * | `has`, `get`, `countOf`, `size` | O(1) |
 * | a walk | O(log n) to start, O(1) a step |
 */
export class MemoryPool<P extends Player = Player> implements Pool<P> {
  readonly #tickets = new Map<string, Ticket<P>>();
  readonly #dirty = new Set<Ticket<P>>();
  readonly #counts: number[] = [];
  #arrivals: Arrival[] = [];
  #arrived = 0;
  #byRating: Order<P> | undefined;
  #byAge: Order<P> | undefined;

  readonly limits: Limits | undefined;

  /** Filled with tickets, in the order of age. */
  constructor(tickets: Iterable<Ticket<P>> = [], { limits, arrivalsOf }: MemoryPoolOptions = {}) {
    this.limits = limits;
    for (const ticket of [...tickets].sort(byAge)) this.add(ticket);
    if (!arrivalsOf) return;
    this.#arrivals = [...arrivalsOf.arrivals()].reverse();
    this.#arrived = arrivalsOf.arrived;
  }

  get size(): number {
    return this.#tickets.size;
  }

  get arrived(): number {
    return this.#arrived;
  }

  get dirty(): ReadonlySet<Ticket<P>> {
    return this.#dirty;
  }

  /** A ticket joins. Throws `INVALID_REQUEST` for an id that already waits here. */
  add(ticket: Ticket<P>): void {
    this.giveBack(ticket);
    this.#arrived++;
    this.#arrivals.push({
      at: ticket.joinedAt,
      rating: ratingOf(ticket),
      partySize: ticket.players.length,
    });
    if (this.#arrivals.length >= 2 * ARRIVALS) this.#arrivals = this.#arrivals.slice(ARRIVALS);
  }

  /** A ticket comes back, because its match fell through: like `add`, but no arrival. */
  giveBack(ticket: Ticket<P>): void {
    if (this.#tickets.has(ticket.id)) {
      throw invalid(
        "INVALID_REQUEST",
        "a ticket waits in a pool once",
        ticket.id,
        "Remove it before adding it again.",
      );
    }
    this.#tickets.set(ticket.id, ticket);
    this.#dirty.add(ticket);
    this.#count(ticket, 1);
    this.#byRating?.insert(ticket);
    this.#byAge?.insert(ticket);
  }

  /** Takes a ticket out, and marks its neighbours in rating as dirty. Returns it, or `undefined` if it was not there. */
  remove(ticketId: string): Ticket<P> | undefined {
    const ticket = this.#tickets.get(ticketId);
    if (!ticket) return undefined;
    this.#tickets.delete(ticketId);
    this.#dirty.delete(ticket);
    this.#count(ticket, -1);
    this.#byAge?.remove(ticket);
    this.#byRating?.remove(ticket, this.#dirty);
    return ticket;
  }

  /** The ticket of this id, if it waits here. */
  get(ticketId: string): Ticket<P> | undefined {
    return this.#tickets.get(ticketId);
  }

  has(ticket: Ticket<P>): boolean {
    return this.#tickets.get(ticket.id) === ticket;
  }

  countOf(partySize: number): number {
    return this.#counts[partySize] ?? 0;
  }

  /** Forgets what was dirty: called after a pass has looked at it. */
  clean(): void {
    // Clearing makes a new table, which costs more than taking out the few that a usual pass has looked at.
    if (this.#dirty.size > 8) this.#dirty.clear();
    else for (const ticket of this.#dirty) this.#dirty.delete(ticket);
  }

  ascend(from?: Ticket<P>): RatingWalk<P> {
    return this.#ratings().walk(1, from);
  }

  descend(from?: Ticket<P>): RatingWalk<P> {
    return this.#ratings().walk(-1, from);
  }

  /** By age, oldest first; tickets of equal age by id. */
  *[Symbol.iterator](): Iterator<Ticket<P>> {
    this.#byAge ??= new Order<P>((ticket) => ticket.joinedAt, this.#tickets.values());
    const walk = this.#byAge.walk(1, undefined);
    while (walk.next()) yield walk.ticket;
  }

  *arrivals(): Iterable<Arrival> {
    const last = this.#arrivals.length;
    for (let index = last - 1; index >= Math.max(0, last - ARRIVALS); index--) {
      yield this.#arrivals[index] as Arrival;
    }
  }

  #ratings(): Order<P> {
    return (this.#byRating ??= new Order<P>(ratingOf, this.#tickets.values()));
  }

  #count({ players }: Ticket<P>, by: number): void {
    this.#counts[players.length] = this.countOf(players.length) + by;
  }
}
