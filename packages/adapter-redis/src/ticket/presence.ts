import type { Millis } from "@evenmatch/core";
import { pause } from "@evenmatch/core/adapter";
import { isRetryable } from "../connection/failures.js";
import type { RedisServer } from "../connection/server.js";
import type { Owners, Stand } from "./owners.js";

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
  readonly name: string;
  readonly #server: RedisServer;
  readonly #owners: Owners;
  readonly #queues: readonly string[];
  readonly #leaseMs: Millis;
  readonly #stop = new AbortController();
  #beating: Promise<void> = Promise.resolve();
  /** By the stopwatch: when it was last known to live. */
  #livedAt: number;

  constructor(
    server: RedisServer,
    owners: Owners,
    { name, queues, leaseMs }: { name: string; queues: readonly string[]; leaseMs: Millis },
  ) {
    this.#server = server;
    this.#owners = owners;
    this.name = name;
    this.#queues = queues;
    this.#leaseMs = leaseMs;
    this.#livedAt = server.clock.stopwatch();
  }

  /** True while nobody else can have been given its pools. */
  get #isFresh(): boolean {
    return this.#server.clock.stopwatch() - this.#livedAt <= this.#leaseMs;
  }

  /** How long to wait between two signs of life. */
  get intervalMs(): Millis {
    return Math.floor(this.#leaseMs / BEATS);
  }

  /** Makes the owner known and keeps it alive. */
  async start(events: PresenceEvents): Promise<void> {
    await this.live();
    this.#beating = this.#beat(events);
  }

  /** Says no more; resolves when nothing is under way. */
  stop(): Promise<void> {
    this.#stop.abort();
    return this.#beating;
  }

  /** Says that the owner lives, and answers with who else does. Whoever was not known wakes the others. */
  async live(): Promise<Stand> {
    const before = this.#server.clock.stopwatch();
    const stand = await this.#owners.say("beat", this.name, this.#queues);
    this.#livedAt = before;
    if (stand.wasUnknown) await this.#owners.ring(this.#queues);
    return stand;
  }

  async #beat({ beat, lost }: PresenceEvents): Promise<void> {
    const { signal } = this.#stop;
    let wait = this.intervalMs;
    while (!signal.aborted) {
      await pause(this.#server.clock, wait, signal).catch(() => {});
      if (signal.aborted) return;
      try {
        await this.live();
        wait = this.intervalMs;
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
}
