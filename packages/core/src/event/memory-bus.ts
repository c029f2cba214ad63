import { onAbort } from "../abort.js";
import type { CallOptions } from "../ticket/store.js";
import type { BusHandler, EventBus, SubscribeOptions, Subscription } from "./bus.js";
import type { BusEvent } from "./event.js";

/** How many events a group without members keeps. The oldest go first: memory is no place for a backlog. */
const BACKLOG = 10_000;

/** How many events a handler gets at once. */
const BATCH = 1_000;

/** How often events are delivered again before the first of them is given up. */
const RETRIES = 10;

/** The bus of one process. Handlers of matchmakers that share it are called one turn after the publish. */
export class MemoryEventBus implements EventBus {
  readonly delivery = "at-least-once";
  /** By group; a reader without a group has a key of its own. */
  readonly #readers = new Map<string | symbol, Reader>();

  async publish(events: readonly BusEvent[], { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    for (const reader of this.#readers.values()) reader.push(events);
  }

  async subscribe(handler: BusHandler, { group, signal }: SubscribeOptions): Promise<Subscription> {
    signal?.throwIfAborted();
    const key = group ?? Symbol("no group");
    const reader = this.#readers.get(key) ?? new Reader();
    this.#readers.set(key, reader);
    const stop = reader.attach(handler, group !== undefined);
    const close = async (): Promise<void> => {
      forget();
      if (group === undefined) this.#readers.delete(key);
      await stop();
    };
    const forget = onAbort(signal, () => void close());
    return { close };
  }
}

/** A position in the stream of events, with the handlers that share it: one of them runs at a time, in turn. */
class Reader {
  #backlog: BusEvent[] = [];
  readonly #handlers: BusHandler[] = [];
  #running: Promise<void> | undefined;
  #call: { readonly handler: BusHandler; readonly ended: Promise<void> } | undefined;
  #failures = 0;

  push(events: readonly BusEvent[]): void {
    for (const event of events) this.#backlog.push(event);
    if (this.#handlers.length === 0 && this.#backlog.length > BACKLOG)
      this.#backlog = this.#backlog.slice(-BACKLOG);
    this.#running ??= this.#run();
  }

  /**
   * Adds a handler; returns what removes it. One of its own sees what is there already; a member of a group only
   * ends what it has begun, because the group keeps the rest, and others may go on publishing to it forever.
   */
  attach(handler: BusHandler, isMember: boolean): () => Promise<void> {
    this.#handlers.push(handler);
    this.#running ??= this.#run();
    return async () => {
      if (!isMember) await this.#running;
      const index = this.#handlers.indexOf(handler);
      if (index >= 0) this.#handlers.splice(index, 1);
      if (this.#call?.handler === handler) await this.#call.ended;
    };
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    while (this.#backlog.length > 0 && this.#handlers.length > 0) {
      const handler = this.#handlers.shift() as BusHandler;
      this.#handlers.push(handler);
      const batch = this.#backlog.splice(0, BATCH);
      const ended = (async () => handler(batch))();
      this.#call = { handler, ended: ended.catch(() => {}) };
      try {
        await ended;
        this.#failures = 0;
      } catch {
        // Not acknowledged: it stays first in line, for the next member of the group or for the same handler.
        this.#backlog = [...batch, ...this.#backlog];
        if (++this.#failures > RETRIES) {
          // A handler that rejects again and again must not spin the process: what it refuses is given up.
          this.#failures = 0;
          this.#backlog.shift();
        }
      }
    }
    this.#running = this.#call = undefined;
  }
}
