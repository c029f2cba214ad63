import assert from "node:assert/strict";
import { MemoryPool, ticketsOf, type Millis, type Player, type Strategy, type Ticket } from "@evenmatch/core";
import fc from "fast-check";
import type { TimedChange } from "../arbitrary/changes.js";
import { forAll } from "./for-all.js";
import { canonical, soundly } from "./proposals.js";
import type { StrategySubject } from "./subject.js";
import { UnderWay } from "./under-way.js";

/**
 * Drives a pool through changes as the driver does (propose, forget what was dirty, take out what was proposed), and
 * compares each pass with that of a new strategy over a new pool with the same history, in which all is dirty.
 * Several changes may come before a pass, as they do in waves.
 */
export function incrementalEqualsFromScratch<P extends Player>(subject: StrategySubject<P>): void {
  const passes = fc.array(fc.boolean(), { minLength: 1, maxLength: 8 });
  forAll(subject, fc.record({ changes: subject.changes, passes }), ({ changes, passes }) => {
    const run = new IncrementalRun(subject);
    changes.forEach((change, index) => {
      run.apply(change);
      if (passes[index % passes.length] || index === changes.length - 1) run.pass(change.at);
    });
  });
}

class IncrementalRun<P extends Player> {
  readonly #pool: MemoryPool<P>;
  readonly #strategy: Strategy<P>;
  readonly #underWay = new UnderWay<P>();
  readonly #joined: Ticket<P>[] = [];

  constructor(private readonly subject: StrategySubject<P>) {
    this.#pool = this.#empty();
    this.#strategy = soundly(subject.create());
  }

  apply(change: TimedChange<P>): void {
    if (change.type === "joined") {
      this.#joined.push(change.ticket);
      this.#pool.add(change.ticket);
    } else if (change.type === "left") {
      this.#pool.remove(change.ticketId);
    } else if (change.type === "refused") {
      for (const ticket of this.#underWay.refuse(change)) this.#pool.giveBack(ticket);
    }
  }

  pass(now: Millis): void {
    const waiting = [...this.#pool];
    const dirty = [...this.#pool.dirty].map(({ id }) => id);
    const fromScratch = canonical(soundly(this.subject.create()).propose(this.#fromScratch(), now));
    const proposals = this.#strategy.propose(this.#pool, now);
    assert.deepEqual(
      canonical(proposals),
      fromScratch,
      `a pass at ${now} over what is dirty (${dirty.join(", ") || "nothing"}) among ${waiting.length} tickets ` +
        `proposes ${list(canonical(proposals))}; a pass over everything proposes ${list(fromScratch)}`,
    );
    this.#pool.clean();
    for (const ticket of proposals.flatMap(ticketsOf)) this.#pool.remove(ticket.id);
    this.#underWay.add(proposals);
    // The driver asks for the next instant after each pass, and a strategy may prepare the next pass there.
    this.#strategy.nextChange(this.#pool, now);
  }

  /** The same arrivals, also of those who are gone, and all who wait dirty. */
  #fromScratch(): MemoryPool<P> {
    const pool = this.#empty();
    for (const ticket of this.#joined) pool.add(ticket);
    for (const { id } of this.#joined) if (!this.#waits(id)) pool.remove(id);
    return pool;
  }

  #empty(): MemoryPool<P> {
    return new MemoryPool<P>([], { limits: this.subject.limits });
  }

  #waits(ticketId: string): boolean {
    return this.#pool.get(ticketId) !== undefined;
  }
}

function list(proposals: readonly string[]): string {
  return proposals.length === 0 ? "nothing" : `[${proposals.join("; ")}]`;
}
