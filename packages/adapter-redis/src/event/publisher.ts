import { EvenmatchError } from "@evenmatch/core";
import { unlessAborted } from "@evenmatch/core/adapter";

/** As much as goes out in one call, in events and in UTF-16 units; what is larger alone goes alone. */
const LARGEST = 1_000;
const LONGEST = 4_000_000;

interface Call {
  readonly texts: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Publishes in the order of the calls, one at a time; what is called for meanwhile goes out together. */
export class Publisher {
  readonly #send: (texts: readonly string[]) => Promise<void>;
  #waiting: Call[] = [];
  #running: Promise<void> | undefined;

  constructor(send: (texts: readonly string[]) => Promise<void>) {
    this.#send = send;
  }

  async publish(texts: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (texts.length === 0) return;
    const sent = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ texts, signal, resolve, reject });
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
      const calls = this.#waiting.splice(0, countOf(this.#waiting));
      if (calls.length > 0) await this.#sendAll(calls);
    }
    this.#running = undefined;
  }

  async #sendAll(calls: readonly Call[]): Promise<void> {
    try {
      for (const texts of parts(calls.flatMap((call) => call.texts))) await this.#send(texts);
      for (const { resolve } of calls) resolve();
    } catch (error) {
      // What is wrong with one of them is not the others' fault.
      const isOfAll = calls.length === 1 || !(error instanceof EvenmatchError) || error.retryable;
      if (isOfAll) for (const { reject } of calls) reject(error);
      else for (const call of calls) await this.#sendAll([call]);
    }
  }
}

/** How many calls fit into one; at least one. */
function countOf(calls: readonly Call[]): number {
  let [count, length] = [0, 0];
  for (const [index, { texts }] of calls.entries()) {
    count += texts.length;
    for (const text of texts) length += text.length;
    if (index > 0 && (count > LARGEST || length > LONGEST)) return index;
  }
  return calls.length;
}

/** What one call takes each. */
function* parts(texts: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let length = 0;
  for (const text of texts) {
    if (part.length > 0 && (part.length >= LARGEST || length + text.length > LONGEST)) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push(text);
    length += text.length;
  }
  yield part;
}
