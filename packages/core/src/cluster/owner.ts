import { pause } from "../clock.js";
import type { Queue } from "../queue.js";
import type { Lease, OwnerEvent } from "../ticket/store.js";
import { nameOf } from "../ticket/id.js";
import { asPortError } from "./batcher.js";
import { Runner } from "./runner.js";
import type { Surroundings } from "./surroundings.js";

/** How long to wait before offering again after the store has failed, in ms. */
const OFFER_AGAIN = 500;

/**
 * Offers this process to run pools, and keeps a {@link Runner} for each that it gets. When the store fails, every
 * pool is dropped and the offer made again: the store knows all, so nothing has to be rescued.
 */
export class Owner {
  readonly #runners = new Map<string, Runner>();
  readonly #stop = new AbortController();
  #offer = new AbortController();
  #running: Promise<void> | undefined;

  readonly #queues: ReadonlyMap<string, Queue>;
  readonly #around: Surroundings;

  constructor(queues: ReadonlyMap<string, Queue>, around: Surroundings) {
    this.#queues = queues;
    this.#around = around;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** How many pools this process runs, and how many tickets wait in them. */
  load(): { readonly pools: number; readonly waiting: number } {
    let waiting = 0;
    for (const runner of this.#runners.values()) waiting += runner.waiting;
    return { pools: this.#runners.size, waiting };
  }

  /** Hands the pools over: what is under way ends first, for as long as `patience` is pending. */
  async stop(patience: Promise<unknown>): Promise<void> {
    const drained = Promise.all(Array.from(this.#runners.values(), (runner) => runner.stop()));
    await Promise.race([drained, patience]);
    this.#stop.abort();
    await Promise.race([this.#running, patience]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    const { ports } = this.#around;
    while (!signal.aborted) {
      // An offer that lasts is taken, though nobody may have anything to say about it for long.
      const forget = ports.clock.at(ports.clock.now() + OFFER_AGAIN, () => ports.works("own"));
      try {
        const offer = (this.#offer = new AbortController());
        const both = AbortSignal.any([signal, offer.signal]);
        for await (const event of this.#around.ports.tickets.own([...this.#queues.keys()], { signal: both }))
          this.#hear(event);
      } catch (cause) {
        if (!signal.aborted) this.#report(cause);
      } finally {
        forget();
      }
      for (const runner of this.#runners.values()) runner.lose();
      this.#runners.clear();
      if (!signal.aborted) await pause(this.#around.ports.clock, OFFER_AGAIN, signal).catch(() => {});
    }
  }

  #hear(event: OwnerEvent): void {
    this.#around.ports.works("own");
    const { lease } = event;
    const name = nameOf(lease.pool);
    const newest = this.#runners.get(name);
    // What a lease before is told of late is not about the one that has the pool now.
    const runner = newest?.isOf(lease) ? newest : undefined;
    switch (event.type) {
      case "gained":
        return this.#gain(name, lease, event);
      case "changed":
        // A runner that has given up its lease hears nothing more; the changes belong to the next owner.
        return runner?.hear(event.changes);
      case "lost":
        runner?.lose();
        if (runner) this.#runners.delete(name);
        return;
      case "asked":
        return event.reply(runner?.answer(event.question) ?? { type: "none" });
    }
  }

  #gain(name: string, lease: Lease, event: Extract<OwnerEvent, { type: "gained" }>): void {
    const queue = this.#queues.get(lease.pool.queue);
    if (!queue) return;
    this.#runners.get(name)?.lose();
    const runner = new Runner(lease, queue, this.#around, event.seq, () => this.#offer.abort());
    this.#runners.set(name, runner);
    runner.gain(event);
  }

  #report(cause: unknown): void {
    this.#around.ports.failed("own", asPortError(cause, true));
  }
}
