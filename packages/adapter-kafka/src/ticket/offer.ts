import type { Decision, DecisionOutcome, Lease, Millis, OwnerEvent } from "@evenmatch/core";
import { Channel, onAbort } from "@evenmatch/core/adapter";
import type { QueueWorker } from "./queue-worker.js";

/** One offer to run pools: a worker for each queue, and what they have to tell in one channel. */
export class Offer {
  readonly events: Channel<OwnerEvent>;
  readonly #closing = new AbortController();
  readonly #workers = new Set<QueueWorker>();
  readonly #running: Promise<unknown>;

  /** @param open makes the worker of a queue */
  constructor(
    queues: readonly string[],
    signal: AbortSignal | undefined,
    open: (queue: string, events: Channel<OwnerEvent>, signal: AbortSignal) => Promise<QueueWorker>,
  ) {
    this.events = new Channel<OwnerEvent>(() => void this.close());
    const forget = onAbort(signal, () => void this.close());
    onAbort(this.#closing.signal, forget);
    const begin = async (queue: string): Promise<void> => {
      const worker = await open(queue, this.events, this.#closing.signal);
      this.#workers.add(worker);
      if (this.#closing.signal.aborted) await worker.close();
    };
    const beginnings = this.#closing.signal.aborted ? [] : [...new Set(queues)].map(begin);
    const all = Promise.all(beginnings).catch((error: unknown) => {
      if (this.#closing.signal.aborted) return;
      // Who iterates is told, and may offer again.
      this.events.fail(error);
      void this.close();
    });
    this.#running = all.then(() => Promise.allSettled(beginnings));
  }

  /** Resolves when all that it held is given up. */
  async ended(): Promise<void> {
    await new Promise<void>((resolve) => onAbort(this.#closing.signal, resolve));
    await this.close();
  }

  /** Decides with a lease of one of the workers; `undefined` where none of them gave it out. */
  decide(lease: Lease, decisions: readonly Decision[], now: Millis): Promise<DecisionOutcome[]> | undefined {
    for (const worker of this.#workers) {
      const deciding = worker.decide(lease, decisions, now);
      if (deciding) return deciding;
    }
    return undefined;
  }

  /** Stops offering, and hands over. */
  async close(): Promise<void> {
    if (!this.#closing.signal.aborted) {
      this.#closing.abort(new Error("the offer is over"));
      this.events.end();
    }
    await this.#running;
    await Promise.all(Array.from(this.#workers, (worker) => worker.close()));
  }
}
