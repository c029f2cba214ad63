import type { DecisionOutcome, EvenmatchError, PoolChange, PoolKey, RequestOutcome } from "@evenmatch/core";
import { asEvenmatchError, leaseLost, nameOf, type Input } from "@evenmatch/core/adapter";
import type { Leases } from "./leases.js";
import { lookUp } from "./looking-up.js";
import type { Deciding, TakenRequest } from "./work.js";
import { poolKey, type PartitionState } from "./partition-state.js";
import type { Asked, Asker, Numbered, Reply } from "./requests.js";

/** What a cycle works on, and how it reaches those who asked. */
export interface CycleAround {
  readonly state: PartitionState;
  readonly leases: Leases;
  /** The pool of this partition that something is asked about; `undefined` where it belongs on none of its pools. */
  readonly poolOf: (asked: Asked) => PoolKey | undefined;
  readonly reply: (to: Asker, items: readonly Numbered<Reply>[]) => void;
  readonly report: (error: EvenmatchError) => void;
}

/**
 * What one transaction takes up: requests and then decisions, each on what those before it have left.
 *
 * Nobody outside of this process hears of anything before {@link Cycle.tell}, when the transaction is committed. The owner
 * alone is told before that who has joined, by {@link Cycle.tellJoined}, so that their matches are claimed in the same
 * transaction: one is on the way from a join to its match, not two. Where that fails the lease is lost, and with it all
 * that came of what the owner was told; the requests are still in their topic, and whoever owns the pool next takes them
 * up on the same pool in the same order.
 */
export class Cycle {
  /** True when something was asked that only a committed transaction answers. */
  mustWrite = false;
  readonly #around: CycleAround;
  readonly #changes = new Map<string, { readonly key: PoolKey; readonly changes: PoolChange[] }>();
  readonly #replies = new Map<string, { readonly to: Asker; readonly items: Numbered<Reply>[] }>();
  readonly #then: (() => void)[] = [];

  constructor(around: CycleAround) {
    this.#around = around;
  }

  /** Takes a record of requests up, unless one who came before has. */
  take({ offset, record }: TakenRequest): void {
    const { position } = this.#around.state;
    if (offset < position.next) return;
    position.next = offset + 1;
    if (!record) {
      this.mustWrite = true;
      return;
    }
    const { from } = record;
    for (const [number, asked] of record.items) {
      const reply = this.#answer(from, number, asked);
      if (reply) this.#reply(from, [number, reply]);
    }
  }

  /** Runs decisions, or refuses them whole where the lease is not the newest. */
  decide({ lease, decisions, now, resolve, reject }: Deciding): void {
    if (!this.#around.leases.holds(lease)) return reject(leaseLost(lease));
    this.mustWrite = true;
    const outcomes = decisions.map((decision) => this.#run(lease.pool, decision, now));
    this.#then.push(() => resolve(outcomes as DecisionOutcome[]));
  }

  /**
   * Tells the owner of joins, as far as nothing stands before them in their pool that is only true once it is committed: a
   * ticket that has left is told to have left. True when there were any.
   */
  tellJoined(): boolean {
    let some = false;
    for (const { key, changes } of this.#changes.values()) {
      const end = changes.findIndex(({ change }) => change.type !== "joined" && change.type !== "beat");
      const told = changes.splice(0, end < 0 ? changes.length : end);
      if (told.length === 0) continue;
      some = true;
      this.#around.leases.tell(key, told);
    }
    return some;
  }

  /** The transaction is committed, or was not needed: tells owner, deciders and askers. */
  tell(): void {
    const { leases, state, reply } = this.#around;
    for (const { key, changes } of this.#changes.values()) if (changes.length > 0) leases.tell(key, changes);
    state.position.told = state.position.seq;
    for (const run of this.#then) run();
    for (const { to, items } of this.#replies.values()) reply(to, items);
  }

  #answer(from: Asker, number: number, asked: Asked): Reply | undefined {
    const { state, leases, poolOf, reply, report } = this.#around;
    if (asked.type === "read" && asked.query.type === "player")
      return { type: "found", found: lookUp(state, asked.query) };
    const pool = poolOf(asked);
    if (!pool) return { type: "misplaced" };
    if (asked.type === "read") return { type: "found", found: lookUp(state, asked.query, pool) };
    if (asked.type === "ask") {
      const answered = (answer: Reply): void => reply(from, [[number, answer]]);
      this.#then.push(() =>
        leases.ask(pool, asked.question, (answer) =>
          answered(answer ? { type: "answer", answer } : { type: "nobody" }),
        ),
      );
      return undefined;
    }
    const { request, at } = asked;
    this.mustWrite = true;
    try {
      const refused = state.refusals.of(from, number);
      const outcome = refused ?? (this.#run(pool, request, at) as RequestOutcome);
      if (request.type === "join" && !refused) state.refusals.note(from, number, outcome);
      return { type: "outcome", outcome: outcome.type === "added" ? { type: "added" } : outcome };
    } catch (cause) {
      // Whoever wrote it is no process of ours, and waits in vain.
      report(unusable(cause));
      return undefined;
    }
  }

  #run(pool: PoolKey, input: Input, at: number): unknown {
    const { outcome, changes } = this.#around.state.run(pool, input, at);
    if (changes.length > 0) {
      const known = this.#changes.get(nameOf(pool));
      if (known) known.changes.push(...changes);
      else this.#changes.set(nameOf(pool), { key: poolKey(pool), changes: [...changes] });
    }
    return outcome;
  }

  #reply(to: Asker, item: Numbered<Reply>): void {
    const replies = this.#replies.get(to.id) ?? { to, items: [] };
    this.#replies.set(to.id, replies);
    replies.items.push(item);
  }
}

function unusable(cause: unknown): EvenmatchError {
  return asEvenmatchError(cause, "STORE_MISCONFIGURED", {
    rule: "a request is one that this library has written",
    remedy: "It was set aside. See who else writes to the topic of requests.",
  });
}
