import type { Millis } from "../clock.js";
import { Deadlines } from "../deadlines.js";
import type { Waiting } from "../pool/waiting.js";
import type { Player } from "../ticket/player.js";
import type { Ticket } from "../ticket/ticket.js";

/**
 * What a strategy whose limits give way with time has to look at: whoever is dirty, and whoever's time has come. It
 * makes passes incremental, and is nothing but a memory: without it everybody would be looked at.
 *
 * 1. `due`, in every pass, notes who is dirty and returns everybody to look at. Asked again at the same instant, it
 *    says the same.
 * 2. `next`, after the pass, asks for each of them when something new may be allowed, and puts them on the agenda at
 *    that instant.
 *
 * Cost: O(d log n) for d tickets to look at.
 */
export class Agenda<P extends Player> {
  /** Everybody seen, and when to look again. A ticket's entries on the heap count only at this instant. */
  readonly #at = new Map<Ticket<P>, Millis>();
  #heap = new Deadlines<Ticket<P>>();
  /** To be looked at now. */
  readonly #due = new Set<Ticket<P>>();
  /** Everybody is, as nobody has been looked at yet: a set of them all would cost more than the look. */
  #isAll = true;

  constructor(private readonly pool: Waiting<P>) {}

  /** How many instants it remembers, also those that do not count any more: at most a few for each ticket. */
  get size(): number {
    return Math.max(this.#heap.size, this.#at.size);
  }

  /** Whoever is dirty or has something new at `now`, in no particular order. */
  due(now: Millis): ReadonlySet<Ticket<P>> {
    const { pool } = this;
    if (this.#isAll && pool.dirty.size === pool.size) return pool.dirty;
    if (this.#isAll) for (const walk = pool.ascend(); walk.next();) this.#due.add(walk.ticket);
    this.#isAll = false;
    for (const ticket of pool.dirty) this.#due.add(ticket);
    while (this.#heap.next <= now) {
      const at = this.#heap.next;
      const ticket = this.#heap.pop() as Ticket<P>;
      if (this.#at.get(ticket) !== at) continue;
      this.#at.delete(ticket);
      this.#due.add(ticket);
    }
    for (const ticket of this.#due) if (!pool.has(ticket)) this.#drop(ticket);
    return this.#due;
  }

  /**
   * The next instant at which somebody has to be looked at again. `nextOf` says it for one ticket: later than `now`,
   * perhaps early, never late; `Infinity` if never.
   */
  next(now: Millis, nextOf: (ticket: Ticket<P>) => Millis): Millis {
    for (const ticket of this.due(now)) {
      const at = nextOf(ticket);
      if (this.#at.get(ticket) === at) continue;
      // Whoever has nothing to wait for has no entry either, or those who left would never be forgotten.
      if (at === Infinity) this.#at.delete(ticket);
      else this.#at.set(ticket, at);
      this.#heap.add(at, ticket);
    }
    this.#due.clear();
    this.#isAll = false;
    // Entries that no longer count stay until their time; they must not become most of the heap.
    if (this.#heap.size > 2 * this.pool.size + 64) this.#sweep();
    while (this.#heap.size > 0 && !this.#counts(this.#heap.first as Ticket<P>)) this.#heap.pop();
    return this.#heap.next;
  }

  /** Said after `next`: a ticket of the pool is looked at in the next pass, whenever that is and whatever it is for. */
  again(ticket: Ticket<P>): void {
    this.#due.add(ticket);
  }

  /** A ticket of the pool is looked at at this instant, later than now, if nothing said of it before is earlier. */
  bring(ticket: Ticket<P>, at: Millis): void {
    if (at >= (this.#at.get(ticket) ?? Infinity)) return;
    this.#at.set(ticket, at);
    this.#heap.add(at, ticket);
  }

  /** Whether the first entry of the heap, which is for this ticket, still says when to look at it. */
  #counts(ticket: Ticket<P>): boolean {
    if (!this.pool.has(ticket)) this.#drop(ticket);
    return this.#at.get(ticket) === this.#heap.next;
  }

  #sweep(): void {
    this.#heap = new Deadlines();
    for (const [ticket, at] of this.#at) {
      if (this.pool.has(ticket)) this.#heap.add(at, ticket);
      else this.#drop(ticket);
    }
  }

  #drop(ticket: Ticket<P>): void {
    this.#due.delete(ticket);
    this.#at.delete(ticket);
  }
}

/** The agendas of one strategy, a pool each; they go with their pools. */
export class Agendas<P extends Player> {
  readonly #agendas = new WeakMap<Waiting<P>, Agenda<P>>();

  of(pool: Waiting<P>): Agenda<P> {
    let agenda = this.#agendas.get(pool);
    if (!agenda) this.#agendas.set(pool, (agenda = new Agenda(pool)));
    return agenda;
  }
}
