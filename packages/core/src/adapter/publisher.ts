import { unlessAborted } from "../abort.js";
import { EvenmatchError } from "../errors.js";

/** As much as goes out in one call when nothing else is said: so many items, of so large a sum. */
const MOST = 1_000;
const LARGEST = 4_000_000;

/** How a {@link Publisher} sends. */
export interface PublisherOptions<Item> {
  /** Sends items in their order, all or none. Rejects with a retryable error when that is not known. */
  readonly send: (items: readonly Item[]) => Promise<void>;
  /** How large an item is, in units that the adapter chooses, such as UTF-16 units of its text. */
  readonly sizeOf: (item: Item) => number;
  /** How many items go out in one call; 1,000 when left out. */
  readonly most?: number;
  /** How large they may be together, in the units of `sizeOf`; 4,000,000 when left out. What is larger goes alone. */
  readonly largest?: number;
}

interface Call<Item> {
  readonly items: readonly Item[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Publishes in the order of the calls, one at a time; what is called for meanwhile goes out together. What the server
 * refuses for good, because something is wrong with it, is tried call by call: one is not refused for another's sake.
 */
export class Publisher<Item> {
  readonly #send: (items: readonly Item[]) => Promise<void>;
  readonly #sizeOf: (item: Item) => number;
  readonly #most: number;
  readonly #largest: number;
  #waiting: Call<Item>[] = [];
  #running: Promise<void> | undefined;

  constructor({ send, sizeOf, most = MOST, largest = LARGEST }: PublisherOptions<Item>) {
    this.#send = send;
    this.#sizeOf = sizeOf;
    this.#most = most;
    this.#largest = largest;
  }

  /**
   * Resolves when all items are sent. Rejects with what `send` rejected with, when a part of them may be published, and
   * with the signal's reason: what has not gone out by then does not.
   */
  async publish(items: readonly Item[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (items.length === 0) return;
    const sent = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ items, signal, resolve, reject });
      this.#running ??= this.#run();
    });
    await unlessAborted(sent, signal);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // The rest of this turn of the event loop may publish more.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      this.#waiting = this.#waiting.filter(({ signal }) => !signal?.aborted);
      const calls = this.#waiting.splice(0, this.#countOf(this.#waiting));
      if (calls.length > 0) await this.#sendAll(calls);
    }
    this.#running = undefined;
  }

  async #sendAll(calls: readonly Call<Item>[]): Promise<void> {
    try {
      for (const part of this.#parts(calls.flatMap(({ items }) => items))) await this.#send(part);
      for (const { resolve } of calls) resolve();
    } catch (error) {
      // What is wrong with one of them is not the others' fault.
      const isOfAll = calls.length === 1 || !(error instanceof EvenmatchError) || error.retryable;
      if (isOfAll) for (const { reject } of calls) reject(error);
      else for (const call of calls) await this.#sendAll([call]);
    }
  }

  /** How many calls fit into one; at least one. */
  #countOf(calls: readonly Call<Item>[]): number {
    let [count, size] = [0, 0];
    for (const [index, { items }] of calls.entries()) {
      count += items.length;
      for (const item of items) size += this.#sizeOf(item);
      if (index > 0 && (count > this.#most || size > this.#largest)) return index;
    }
    return calls.length;
  }

  /** What one call takes each. */
  *#parts(items: readonly Item[]): Generator<Item[]> {
    let part: Item[] = [];
    let size = 0;
    for (const item of items) {
      const more = this.#sizeOf(item);
      if (part.length > 0 && (part.length >= this.#most || size + more > this.#largest)) {
        yield part;
        [part, size] = [[], 0];
      }
      part.push(item);
      size += more;
    }
    yield part;
  }
}
