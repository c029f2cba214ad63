import type { BusEvent, BusHandler, Clock } from "@evenmatch/core";
import {
  batchAfter,
  HANDLER_TRIES,
  pause,
  refusedEvent,
  unknownEvent,
  waitAfter,
  waitAfterFailure,
  type Reports,
} from "@evenmatch/core/adapter";
import type { DeadLetters } from "./dead-letters.js";
import type { Entry } from "./record.js";

/** What the parts of a bus share. */
export interface Around {
  readonly clock: Clock;
  readonly reports: Reports;
  readonly dead: DeadLetters;
}

/**
 * Gives one handler its events in order, each until it is done with it: what it rejects comes again, in smaller and smaller
 * batches, and the one at fault is put aside in the end. Once at a time.
 */
export class Handling {
  readonly #handler: BusHandler;
  /** `undefined` for a subscriber of its own. */
  readonly #group: string | undefined;
  readonly #around: Around;
  /** How often the event at a place was delivered in vain. */
  readonly #tries = new Map<number, { readonly offset: string; readonly count: number }>();

  constructor(handler: BusHandler, group: string | undefined, around: Around) {
    this.#handler = handler;
    this.#group = group;
    this.#around = around;
  }

  /**
   * Handles entries of one partition, until all are done or the signal aborts; a handler that runs then is waited for.
   *
   * @param done called behind each batch, with its last entry; what it rejects with ends this
   */
  async handle(
    entries: readonly Entry[],
    signal: AbortSignal,
    done: (last: Entry) => void | Promise<void>,
  ): Promise<void> {
    for (let at = 0; at < entries.length && !signal.aborted;) {
      const first = entries[at]!;
      const tries = this.#triesOf(first);
      const part = entries.slice(at, at + batchAfter(tries));
      const failure = await this.#deliver(part.flatMap(({ event }) => event ?? []));
      if (failure && (tries + 1 < HANDLER_TRIES || part.length > 1)) {
        this.#tries.set(first.partition, { offset: first.record.offset, count: tries + 1 });
        await pause(this.#around.clock, waitAfter(tries + 1), signal).catch(() => {});
        continue;
      }
      if (failure) this.#report(first, failure.reason);
      const isAside = await this.#putAside(part, failure, signal);
      if (!isAside) return;
      this.#tries.delete(first.partition);
      await done(part.at(-1)!);
      at += part.length;
    }
  }

  /** Tells the handler something in its place between events; what it makes of it is its own concern. */
  async tell(notice: BusEvent): Promise<void> {
    await this.#deliver([notice]);
  }

  #triesOf({ partition, record }: Entry): number {
    const tried = this.#tries.get(partition);
    return tried?.offset === record.offset ? tried.count : 0;
  }

  async #deliver(events: readonly BusEvent[]): Promise<{ readonly reason: unknown } | undefined> {
    if (events.length === 0) return undefined;
    try {
      await this.#handler(events);
      return undefined;
    } catch (reason) {
      return { reason: sayable(reason) };
    }
  }

  #report({ partition, record }: Entry, reason: unknown): void {
    const { reports, dead } = this.#around;
    const who = this.#group === undefined ? "a subscriber" : `group ${this.#group}`;
    const place = { partition, offset: record.offset };
    reports.tell(refusedEvent({ who, place, reason, aside: `the topic ${dead.topic}` }));
  }

  /** False when it was told to stop before it could. */
  async #putAside(
    part: readonly Entry[],
    refused: { readonly reason: unknown } | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { clock, dead, reports } = this.#around;
    for (const entry of part) {
      if (entry.event && !refused) continue;
      const { partition, record } = entry;
      if (!entry.event)
        reports.seldom("unknown", () =>
          unknownEvent({ partition, offset: record.offset }, String(record.value).slice(0, 200)),
        );
      if (this.#group === undefined) continue;
      for (;;) {
        try {
          if (entry.event) await dead.add(entry, this.#group, "refused", String(refused?.reason));
          else await dead.add(entry, this.#group, "unreadable", "no event of a version that is known");
          reports.works("dead letters");
          break;
        } catch (error) {
          reports.failed("dead letters", error);
          await pause(clock, waitAfterFailure(error), signal).catch(() => {});
          if (signal.aborted) return false;
        }
      }
    }
    return true;
  }
}

/** What a handler rejected with, or an error where no text can be made of it, which is said in reports and dead letters. */
function sayable(reason: unknown): unknown {
  try {
    String(reason);
    return reason;
  } catch (cause) {
    return new Error("What the handler rejected with cannot be told.", { cause });
  }
}
