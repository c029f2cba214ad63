import type { BusEvent, BusHandler } from "@evenmatch/core";
import {
  Alarm,
  batchAfter,
  HANDLER_TRIES,
  pause,
  waitAfter,
  waitAfterFailure,
} from "@evenmatch/core/adapter";
import { compareIds, type Entry } from "./entry.js";
import type { Around } from "./lane.js";
import { refused } from "./reports.js";

/** As much waits for a handler, in events and UTF-16 units; who is further behind reads the log itself. */
const KEPT = 10_000;
const KEPT_LENGTH = 50_000_000;

/** What comes behind a place, read by a listener that is behind. */
export interface Page {
  readonly entries: readonly Entry[];
  /** Where it goes on from. */
  readonly end: string;
  /** What it has to be told first. */
  readonly notice: BusEvent | undefined;
}

/** Where a listener that is behind has its events from. */
export interface Source {
  /** Up to here everything was pushed. */
  readonly end: string;
  after(id: string): Promise<Page>;
}

/** What waits for the handler: an event, or something that it has to be told in between. */
type Waiting = Entry | { readonly notice: BusEvent };

/** One who hears everything in a lane from when it began, each event until it is done with it, at its own pace. */
export class Listener {
  readonly #handler: BusHandler;
  readonly #source: Source;
  readonly #around: Around;
  readonly #alarm = new Alarm();
  readonly #closing = new AbortController();
  #waiting: Waiting[] = [];
  #length = 0;
  /** What is not newer is none of its business. */
  #from = "";
  /** The newest that waits or was heard, where more was published that does not wait here. */
  #behind: string | undefined;
  #last = "";
  #tries = 0;
  #running: Promise<void> | undefined;

  constructor(handler: BusHandler, source: Source, around: Around) {
    this.#handler = handler;
    this.#source = source;
    this.#around = around;
  }

  /** It hears what comes behind this place. */
  begin(id: string): void {
    const early = this.#waiting.flatMap((one) => ("notice" in one ? [] : [one]));
    this.#from = this.#last = id;
    this.#waiting = [];
    this.#length = 0;
    this.#behind = undefined;
    this.push(early);
  }

  /** The log goes on behind another place, older than some that were heard; with what has to be told in between. */
  moved(id: string, notice: BusEvent | undefined): void {
    this.#from = "";
    if (this.#behind === undefined) this.#last = id;
    if (notice) this.#waiting.push({ notice });
    this.#alarm.ring();
  }

  /** Something was published. */
  push(entries: readonly Entry[]): void {
    if (this.#behind !== undefined) return;
    for (const entry of entries) {
      if (this.#from !== "" && compareIds(entry.id, this.#from) <= 0) continue;
      if (this.#waiting.length >= KEPT || this.#length > KEPT_LENGTH) {
        this.#behind = this.#last;
        break;
      }
      this.#waiting.push(entry);
      this.#length += entry.text.length;
      this.#last = entry.id;
    }
    this.#alarm.ring();
  }

  start(): void {
    this.#running = this.#run();
    this.#alarm.ring();
  }

  /** Resolves when the running handler has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reports, clock } = this.#around;
    for (;;) {
      await this.#alarm.rung();
      try {
        while (!this.#closing.signal.aborted && (await this.#hearMore()));
      } catch (error) {
        reports.failed("reading", error);
        await pause(clock, waitAfterFailure(error), this.#closing.signal).catch(() => {});
        this.#alarm.ring();
      }
      if (this.#closing.signal.aborted) return;
    }
  }

  /** True when there may be more. */
  async #hearMore(): Promise<boolean> {
    if (this.#waiting.length === 0) {
      if (this.#behind === undefined) return false;
      await this.#catchUp(this.#behind);
      return true;
    }
    const [head] = this.#waiting as [Waiting];
    if ("notice" in head) {
      this.#waiting.shift();
      await this.#handle([head.notice]);
      return true;
    }
    const entries = this.#nextEntries();
    const failure = await this.#handle(entries.flatMap(({ event }) => event ?? []));
    if (!failure || this.#isGivenUp(entries, failure.reason)) {
      this.#tries = 0;
      this.#waiting.splice(0, entries.length);
      for (const { text } of entries) this.#length -= text.length;
    } else {
      await pause(this.#around.clock, waitAfter(this.#tries), this.#closing.signal).catch(() => {});
    }
    return true;
  }

  #nextEntries(): Entry[] {
    const entries: Entry[] = [];
    for (const one of this.#waiting) {
      if ("notice" in one || entries.length >= batchAfter(this.#tries)) break;
      entries.push(one);
    }
    return entries;
  }

  async #catchUp(behind: string): Promise<void> {
    const { entries, end, notice } = await this.#source.after(behind);
    if (notice) this.#waiting.push({ notice });
    for (const entry of entries) {
      this.#waiting.push(entry);
      this.#length += entry.text.length;
    }
    this.#last = end;
    const isUpToDate = compareIds(end, this.#source.end) >= 0;
    this.#behind = isUpToDate ? undefined : end;
    // What was read here may be ahead of what is pushed.
    if (isUpToDate) this.#from = end;
  }

  async #handle(events: readonly BusEvent[]): Promise<{ readonly reason: unknown } | undefined> {
    if (events.length === 0) return undefined;
    try {
      await this.#handler(events);
      return undefined;
    } catch (reason) {
      return { reason };
    }
  }

  #isGivenUp(entries: readonly Entry[], reason: unknown): boolean {
    if (++this.#tries < HANDLER_TRIES || entries.length > 1) return false;
    this.#around.reports.tell(refused("a subscriber", entries[0]!.id, reason));
    return true;
  }
}
