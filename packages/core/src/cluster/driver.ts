import type { Millis } from "../clock.js";
import { asEvenmatchError, type EvenmatchError } from "../errors.js";
import { endsAt } from "../life.js";
import type { Limits } from "../limit/limits.js";
import { MemoryPool } from "../pool/memory-pool.js";
import { checkedProposals } from "../strategy/proposal.js";
import type { Proposal, Strategy } from "../strategy/strategy.js";
import type { Player } from "../ticket/player.js";
import { byAge, type Ticket } from "../ticket/ticket.js";
import { Deadlines } from "../deadlines.js";

/** One pass: what the strategy was asked and what it proposed. The proposed tickets have left the pool. */
export interface DrivenPass<P extends Player> {
  readonly at: Millis;
  readonly cause: "change" | "due" | "wave" | "gained";
  readonly waiting: number;
  readonly dirty: readonly Ticket<P>[];
  readonly proposals: readonly Proposal<P>[];
  readonly tookMs: number;
  readonly nextChange: Millis;
}

/** When a strategy that failed, or whether a ticket lives, is asked again although nothing has changed, in ms. */
const ASK_AGAIN = 1_000;

/** How many tickets that ended before their time may stay in the list of those to expire. */
const FORGOTTEN = 1_000;

/** What a driver runs, and whom it tells. */
export interface DriverOptions<P extends Player> {
  readonly strategy: Strategy<P>;
  /** Who may not meet whom; everybody may when left out. */
  readonly limits?: Limits | undefined;
  /** Passes only at whole multiples of so many milliseconds; `Infinity` for a pass at every change. */
  readonly waveMs: Millis;
  /** Milliseconds with fractions, for how long passes take. */
  readonly stopwatch: () => number;
  /** Whether passes should say which tickets were dirty and how long it took; otherwise they say none, and 0. */
  readonly wantsInputs?: () => boolean;
  /** Told of passes that propose something, and of every pass whose inputs are wanted. */
  readonly onPass: (pass: DrivenPass<P>) => void;
  /** A ticket is due to expire; it has left the pool. */
  readonly onExpire: (ticket: Ticket<P>) => void;
  /** Told when the strategy errs; the pass was dropped. */
  readonly onError: (error: EvenmatchError) => void;
}

/**
 * Runs a strategy over a pool: changes and instants in, proposals and expiries out, and no I/O. The outcome depends
 * on the changes and their times alone, not on when a timer fired or how changes came in batches:
 *
 * 1. Before a change at time t, everything due at t or earlier happens, in order, each with its own instant as
 *    `now`. Passes of an instant come before its expiries: a match at the last moment is a match.
 * 2. The change is applied, and without waves the strategy is asked at once with t as `now`.
 * 3. With waves the strategy is asked at the next multiple of `waveMs`, if anything changed or is due by then.
 *
 * Time never runs backwards here: a change that comes with an earlier time than the one before counts as later.
 */
export class Driver<P extends Player> {
  readonly pool: MemoryPool<P>;
  readonly #expiries = new Deadlines<Ticket<P>>();
  /** Last heartbeats. */
  readonly #seen = new Map<string, Millis>();
  #time = Number.NEGATIVE_INFINITY;
  #pass = Infinity;
  /** What failed in this pass, and what was reported of the failures in a row. */
  #failure: string | undefined;
  #reported: string | undefined;

  /** Passes happen at whole multiples of this. */
  readonly #grid: Millis;

  readonly #options: DriverOptions<P>;

  constructor(options: DriverOptions<P>) {
    this.#options = options;
    this.pool = new MemoryPool<P>([], options);
    this.#grid = this.#hasWaves() ? options.waveMs : 1;
  }

  /** The next instant at which something is due; `Infinity` when only a change can bring something new. */
  get due(): Millis {
    return Math.min(this.#pass, this.#expiries.next);
  }

  /** Fills the pool of a new owner and asks the strategy for the first time. */
  gain(
    tickets: readonly { readonly ticket: Ticket<P>; readonly seenAt?: Millis | undefined }[],
    now: Millis,
  ): void {
    this.#time = now;
    for (const { ticket, seenAt } of [...tickets].sort((one, other) => byAge(one.ticket, other.ticket))) {
      this.pool.add(ticket);
      this.#watch(ticket, seenAt);
    }
    // Overdue while nobody ran the pool. What is due just now may still be matched.
    this.#endOverdue(this.#time - 1);
    if (this.#hasWaves()) this.#changed();
    else this.#ask("gained");
  }

  /** A ticket joins. */
  joined(ticket: Ticket<P>, at: Millis): void {
    this.advance(at);
    this.pool.add(ticket);
    this.#watch(ticket, undefined);
    this.#changed();
  }

  /** Tickets come back because their match fell through or their claim lost. */
  gaveBack(tickets: readonly Ticket<P>[], at: Millis): void {
    this.advance(at);
    for (const ticket of tickets) {
      this.pool.giveBack(ticket);
      this.#watch(ticket, this.#seen.get(ticket.id));
    }
    // Overdue while they were away.
    this.#endOverdue(this.#time - 1);
    this.#changed();
  }

  /** A ticket is gone: it left, or expired. */
  left(ticketId: string, at: Millis): void {
    this.advance(at);
    this.#seen.delete(ticketId);
    if (this.pool.remove(ticketId)) this.#changed();
  }

  /** The client of a ticket gave a sign of life. */
  beat(ticketId: string, at: Millis): void {
    this.advance(at);
    this.#seen.set(ticketId, this.#time);
  }

  /** The store knows of a later sign of life than is known here: it is asked again a little later. */
  lives({ id, heartbeatMs = 0 }: Ticket<P>): void {
    const later = this.#time + ASK_AGAIN - heartbeatMs;
    this.#seen.set(id, Math.max(this.#seen.get(id) ?? later, later));
  }

  /** A ticket is gone for good: forgets its heartbeats. */
  ended(ticketId: string): void {
    this.#seen.delete(ticketId);
  }

  /** Lets everything happen that is due at `now` or earlier. */
  advance(now: Millis): void {
    while (this.due <= now) {
      if (this.#pass <= this.#expiries.next) {
        this.#time = Math.max(this.#time, this.#pass);
        this.#ask(this.#hasWaves() ? "wave" : "due");
      } else {
        this.#time = Math.max(this.#time, this.#expiries.next);
        this.#expire();
      }
    }
    this.#time = Math.max(this.#time, now);
  }

  #changed(): void {
    if (this.#hasWaves()) this.#pass = Math.min(this.#pass, this.#soonest());
    else this.#ask("change");
  }

  #hasWaves(): boolean {
    return this.#options.waveMs < Infinity;
  }

  /** The first instant from one on at which a pass may happen. */
  #onGrid(at: Millis): Millis {
    return Math.ceil(at / this.#grid) * this.#grid;
  }

  /** The first instant after this one at which a pass may happen. */
  #soonest(): Millis {
    return (Math.floor(this.#time / this.#grid) + 1) * this.#grid;
  }

  #watch(ticket: Ticket<P>, seenAt: Millis | undefined): void {
    if (seenAt !== undefined) this.#seen.set(ticket.id, seenAt);
    // Tickets that ended otherwise stay in the list until their time; they must not become most of it.
    if (this.#expiries.size > 2 * this.pool.size + FORGOTTEN)
      this.#expiries.keep((one) => this.pool.has(one));
    this.#expiries.add(endsAt(ticket, seenAt), ticket);
  }

  #expire(): void {
    if (this.#endOverdue(this.#time) > 0) this.#changed();
  }

  /** Ends all tickets that are due before the strategy is asked: which of them is first must not matter. */
  #endOverdue(now: Millis): number {
    let ended = 0;
    while (this.#expiries.next <= now) {
      const ticket = this.#expiries.pop() as Ticket<P>;
      if (!this.pool.has(ticket)) continue;
      const at = endsAt(ticket, this.#seen.get(ticket.id));
      if (at > now) {
        this.#expiries.add(at, ticket);
        continue;
      }
      this.pool.remove(ticket.id);
      this.#options.onExpire(ticket);
      ended++;
    }
    return ended;
  }

  #ask(cause: DrivenPass<P>["cause"]): void {
    const { pool } = this;
    const { strategy, stopwatch, onPass } = this.#options;
    const waiting = pool.size;
    const isHeard = this.#options.wantsInputs?.() ?? false;
    const dirty = isHeard ? [...pool.dirty] : [];
    const started = isHeard ? stopwatch() : 0;
    this.#failure = undefined;
    let proposals: readonly Proposal<P>[];
    try {
      const proposed: unknown = strategy.propose(pool, this.#time);
      // A promise is no list of proposals, and nobody else will hear how it ends.
      if (proposed instanceof Promise) proposed.catch(() => {});
      proposals = checkedProposals(proposed, pool, this.#time);
      pool.clean();
    } catch (cause) {
      proposals = [];
      this.#fail(cause);
    }
    for (const { teams } of proposals) for (const team of teams) for (const { id } of team) pool.remove(id);
    // After a pass that failed all of it is still to be done: a strategy that is asked what comes next takes it as done.
    this.#pass = this.#failure === undefined ? this.#nextPass() : Infinity;
    if (this.#failure === undefined) this.#reported = undefined;
    else this.#pass = this.#onGrid(this.#time + ASK_AGAIN);
    if (proposals.length === 0 && !isHeard) return;
    onPass({
      at: this.#time,
      cause,
      waiting,
      dirty,
      proposals,
      tookMs: isHeard ? stopwatch() - started : 0,
      nextChange: this.#pass,
    });
  }

  #nextPass(): Millis {
    try {
      const next = this.#options.strategy.nextChange(this.pool, this.#time);
      if (typeof next !== "number" || Number.isNaN(next))
        throw new TypeError(`nextChange returned ${String(next)}`);
      return Math.max(this.#onGrid(next), this.#soonest());
    } catch (cause) {
      this.#fail(cause);
      return Infinity;
    }
  }

  /** Reports a failing strategy once per cause, however many changes it fails at in a row. */
  #fail(cause: unknown): void {
    const error = asEvenmatchError(cause, "STRATEGY_FAILED", {
      rule: "a strategy does not throw",
      remedy: "The pass was dropped and the pool goes on; mend the strategy.",
    });
    this.#failure = error.message;
    if (error.message === this.#reported) return;
    this.#reported = error.message;
    this.#options.onError(error);
  }
}
