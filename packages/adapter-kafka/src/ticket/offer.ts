import type {
  Clock,
  Decision,
  DecisionOutcome,
  EvenmatchError,
  Lease,
  Millis,
  OwnerEvent,
} from "@evenmatch/core";
import { Channel, onAbort, pause } from "@evenmatch/core/adapter";
import { asKafkaError } from "../connection/failures.js";
import type { QueueWorker } from "./queue-worker.js";

/** Before a queue is tried again that cannot be run while others can, in ms: longer where trying does not help. */
const SOON = 500;
const LATER = 5_000;

/** Makes the worker of a queue. */
export type OpenWorker = (
  queue: string,
  events: Channel<OwnerEvent>,
  signal: AbortSignal,
) => Promise<QueueWorker>;

/** One offer to run pools: a worker for each queue, and what they have to tell in one channel. */
export class Offer {
  readonly events: Channel<OwnerEvent>;
  readonly #closing = new AbortController();
  readonly #workers = new Set<QueueWorker>();
  readonly #running: Promise<unknown>;

  /**
   * @param open makes the worker of a queue
   * @param report told of a queue that cannot be run while others can; where none can, who iterates is told
   */
  constructor(
    queues: readonly string[],
    signal: AbortSignal | undefined,
    open: OpenWorker,
    { clock, report }: { readonly clock: Clock; readonly report: (error: EvenmatchError) => void },
  ) {
    this.events = new Channel<OwnerEvent>(() => void this.close());
    const forget = onAbort(signal, () => void this.close());
    onAbort(this.#closing.signal, forget);
    const names = new Set(queues);
    const failing = new Set<string>();
    const begin = async (queue: string): Promise<void> => {
      const worker = await open(queue, this.events, this.#closing.signal);
      failing.delete(queue);
      this.#workers.add(worker);
      if (this.#closing.signal.aborted) await worker.close();
    };
    const insist = async (queue: string): Promise<void> => {
      for (;;) {
        try {
          await begin(queue);
          return;
        } catch (cause) {
          if (this.#closing.signal.aborted || failing.add(queue).size === names.size) throw cause;
          const error = asKafkaError(cause);
          report(error);
          await pause(clock, error.retryable ? SOON : LATER, this.#closing.signal);
        }
      }
    };
    const beginnings = this.#closing.signal.aborted ? [] : [...names].map(insist);
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
