import type { Millis } from "@evenmatch/core";
import { pause } from "@evenmatch/core/adapter";
import { isRetryable } from "../connection/failures.js";
import type { Line } from "../connection/line.js";
import type { RedisServer } from "../connection/server.js";
import { entriesOf, type Entry } from "./entries.js";

/** How many entries of a stream come at once. */
const AT_ONCE = 100;
/** How long to wait before it is read again after that failed, in ms. */
const TRY_AGAIN = 100;

/** What a reader is told to do with what it reads. */
export interface Reads {
  readonly heard: (stream: string, entries: readonly Entry[]) => void;
  /** It can read no longer. */
  readonly failed: (error: unknown) => void;
}

/**
 * Reads streams, waiting for what comes, on a connection of its own. All streams are on one server. A stream that is
 * followed while the reader waits is read from its next turn on: whoever adds one wakes it by an entry in another.
 */
export class StreamReader {
  readonly #server: RedisServer;
  readonly #blockMs: Millis;
  readonly #reads: Reads;
  /** After which entry each stream is read. */
  readonly #positions = new Map<string, string>();
  #line: Line | undefined;
  #isClosed = false;

  constructor(server: RedisServer, blockMs: Millis, reads: Reads) {
    this.#server = server;
    this.#blockMs = blockMs;
    this.#reads = reads;
  }

  follow(stream: string, after: string): void {
    this.#positions.set(stream, after);
  }

  forget(stream: string): void {
    this.#positions.delete(stream);
  }

  /** Begins to read; resolves when it is closed. */
  async run(): Promise<void> {
    while (!this.#isClosed) {
      try {
        this.#line ??= await this.#server.line();
        await this.#turn(this.#line);
      } catch (error) {
        if (this.#isClosed) break;
        if (!isRetryable(error)) {
          this.#reads.failed(error);
          break;
        }
        await pause(this.#server.clock, TRY_AGAIN);
      }
    }
    // One that was still being opened when the reader was closed.
    this.#line?.close();
  }

  close(): void {
    this.#isClosed = true;
    this.#line?.close();
  }

  async #turn(line: Line): Promise<void> {
    const asked = new Map(this.#positions);
    const args = ["COUNT", AT_ONCE, "BLOCK", this.#blockMs, "STREAMS", ...asked.keys(), ...asked.values()];
    const reply = (await line.call("xread", args, this.#blockMs)) as readonly [string, unknown][] | null;
    for (const [stream, raw] of reply ?? []) {
      // Somebody has begun anew meanwhile.
      if (this.#isClosed || this.#positions.get(stream) !== asked.get(stream)) continue;
      const entries = entriesOf(raw);
      const last = entries.at(-1);
      if (!last) continue;
      this.#positions.set(stream, last.id);
      this.#reads.heard(stream, entries);
    }
  }
}
