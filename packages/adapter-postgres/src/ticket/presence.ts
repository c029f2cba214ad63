import type { Millis } from "@evenmatch/core";
import { pause } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";
import { isRetryable } from "../connection/failures.js";
import { liveOn } from "./owners.js";

/** How often an owner says that it lives, within its lease. */
const BEATS = 3;
/** How long to wait before it is said again after that failed, in ms. */
const TRY_AGAIN = 100;

/** What becomes of it. */
export interface PresenceEvents {
  /** It was said again that the owner lives. */
  readonly beat: () => void;
  /** It could not be said for a whole lease, or never will: others have taken over, or will. */
  readonly lost: (error: unknown) => void;
}

/**
 * Says every third of a lease that an owner lives, whatever else it is busy with: who takes a large pool over must not
 * be taken for dead meanwhile.
 */
export class Presence {
  readonly #database: Database;
  readonly #queues: readonly string[];
  readonly #leaseMs: Millis;
  readonly #stop = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  /** By the stopwatch: when it was last known to live. */
  #livedAt: number;

  constructor(database: Database, queues: readonly string[], leaseMs: Millis) {
    this.#database = database;
    this.#queues = queues;
    this.#leaseMs = leaseMs;
    this.#livedAt = database.clock.stopwatch();
  }

  /** True while nobody else can have been given its pools. */
  get #isFresh(): boolean {
    return this.#database.clock.stopwatch() - this.#livedAt <= this.#leaseMs;
  }

  /** Makes an owner known and keeps it alive. Resolves with its name. */
  async start(events: PresenceEvents): Promise<string> {
    const name = await this.#live(undefined);
    this.#beating = this.#beat(name, events);
    return name;
  }

  /** Says no more; resolves when nothing is under way. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#beating;
  }

  async #beat(name: string, { beat, lost }: PresenceEvents): Promise<void> {
    const { signal } = this.#stop;
    let wait = Math.floor(this.#leaseMs / BEATS);
    while (!signal.aborted) {
      await pause(this.#database.clock, wait, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.#live(name);
        wait = Math.floor(this.#leaseMs / BEATS);
        beat();
      } catch (error) {
        if (signal.aborted) return;
        if (!this.#isFresh || !isRetryable(error)) {
          lost(error);
          return;
        }
        wait = TRY_AGAIN;
      }
    }
  }

  async #live(name: string | undefined): Promise<string> {
    const before = this.#database.clock.stopwatch();
    const known = await liveOn(this.#database, name, this.#queues, this.#leaseMs);
    this.#livedAt = before;
    return known;
  }
}
