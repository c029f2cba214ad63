import type { Answer, Lease, OwnerEvent, PoolChange, PoolKey, Question } from "@evenmatch/core";
import { leaseLost, nameOf, type Channel } from "@evenmatch/core/adapter";
import type { PartitionState } from "./partition-state.js";
import type { PoolState } from "./pool-state.js";

interface Held {
  readonly lease: Lease;
  readonly abort: AbortController;
  /** What tells those whose questions are open that nobody will answer. */
  readonly open: Set<() => void>;
}

/** The pools of one ownership of a partition, as its worker hears of them: each with a lease of the same fence. */
export class Leases {
  readonly #events: Channel<OwnerEvent>;
  readonly #held = new Map<string, Held>();
  #fence = 0n;
  #isOver = false;

  constructor(events: Channel<OwnerEvent>) {
    this.#events = events;
  }

  /** The partition is taken over: whoever runs it gets the pools in which something lives. */
  begin(fence: bigint, { pools, position }: PartitionState): void {
    this.#fence = fence;
    this.#isOver = false;
    for (const pool of pools.values()) {
      const unheard = untold(pool, position.told);
      if (pool.isEmpty && unheard.length === 0) continue;
      const { lease } = this.#grant(pool, position.seq);
      if (unheard.length > 0) this.#events.push({ type: "changed", lease, changes: unheard });
    }
  }

  /** True for a lease of this ownership that lasts. */
  holds({ pool, fence, lost }: Lease): boolean {
    return !lost.aborted && this.#held.get(nameOf(pool))?.lease.fence === fence;
  }

  /** Tells what has happened in a pool; one that nobody knew before comes without anything in it first. */
  tell(key: PoolKey, changes: readonly PoolChange[]): void {
    // They are the next ownership's to tell, which may have done so.
    if (this.#isOver) return;
    const held = this.#held.get(nameOf(key)) ?? this.#hold(key, (changes[0] as PoolChange).seq - 1);
    this.#events.push({ type: "changed", lease: held.lease, changes });
  }

  /** Passes a question on. The reply comes without an answer where there is nobody to ask, or no longer. */
  ask(key: PoolKey, question: Question, reply: (answer: Answer | undefined) => void): void {
    const held = this.#held.get(nameOf(key));
    if (!held) return reply(undefined);
    const { lease, open } = held;
    const close = (answer?: Answer): void => {
      if (open.delete(nobody)) reply(answer);
    };
    const nobody = (): void => close();
    open.add(nobody);
    this.#events.push({ type: "asked", lease, question, reply: close });
  }

  /** All are lost. */
  end(): void {
    this.#isOver = true;
    for (const { lease, abort, open } of this.#held.values()) {
      abort.abort(leaseLost(lease));
      this.#events.push({ type: "lost", lease });
      for (const nobody of open) nobody();
    }
    this.#held.clear();
  }

  #grant(pool: PoolState, seq: number): Held {
    return this.#hold(pool.key, seq, pool);
  }

  #hold(key: PoolKey, seq: number, pool?: PoolState): Held {
    const abort = new AbortController();
    const lease: Lease = { pool: key, fence: this.#fence, lost: abort.signal };
    const held: Held = { lease, abort, open: new Set() };
    this.#held.set(nameOf(key), held);
    const waiting = pool?.waiting() ?? [];
    this.#events.push({ type: "gained", lease, seq, waiting, pending: pool?.pending() ?? [] });
    return held;
  }
}

/** What has left or expired and may not have been told by the owner before, with the numbers that it had. */
function untold(pool: PoolState, told: number): PoolChange[] {
  const changes: PoolChange[] = [];
  for (const [{ ticket, state }, [seq, at]] of pool.endedAfter(told))
    changes.push({ seq, at, change: { type: state === "expired" ? "expired" : "left", ticket } });
  return changes.sort((one, other) => one.seq - other.seq);
}
