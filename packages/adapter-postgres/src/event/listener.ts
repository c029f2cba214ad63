import type { BusEvent, BusHandler } from "@evenmatch/core";
import {
  Alarm,
  batchAfter,
  HANDLER_TRIES,
  pause,
  waitAfter,
  waitAfterFailure,
} from "@evenmatch/core/adapter";
import type { Around } from "./around.js";
import type { Entry, Place } from "./entry.js";
import { refused } from "./reports.js";

/** Where a listener has its events from. */
export interface Source {
  /** What comes behind a place; empty while there is nothing new. */
  after(place: Place): Promise<readonly Entry[]>;
  /** A listener is further than it was. */
  heard(): void;
  /** A listener has closed. */
  delete(listener: Listener): void;
}

/** One who hears everything from when it began, each event until it is done with it, at its own pace. */
export class Listener {
  readonly #handler: BusHandler;
  readonly #source: Source;
  readonly #around: Around;
  readonly #alarm = new Alarm();
  readonly #closing = new AbortController();
  #place: Place = { position: 0, at: undefined };
  /** Counts how often the place was set from outside: what is heard meanwhile is not where it goes on. */
  #moves = 0;
  #notices: BusEvent[] = [];
  #tries = 0;
  #running: Promise<void> | undefined;

  constructor(handler: BusHandler, source: Source, around: Around) {
    this.#handler = handler;
    this.#source = source;
    this.#around = around;
  }

  /** The last event that it is done with. */
  get place(): Place {
    return this.#place;
  }

  /** Goes on behind another place. */
  moveTo(place: Place): void {
    this.#moves++;
    this.#place = place;
    this.#alarm.ring();
  }

  /** Hears this before the next event. */
  tell(event: BusEvent): void {
    this.#notices.push(event);
    this.#alarm.ring();
  }

  wake(): void {
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
    this.#source.delete(this);
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
    const notices = this.#notices.splice(0);
    if (notices.length > 0) {
      await this.#handle(notices);
      return true;
    }
    const entries = (await this.#source.after(this.#place)).slice(0, batchAfter(this.#tries));
    const last = entries.at(-1);
    if (!last || this.#closing.signal.aborted) return false;
    const moves = this.#moves;
    const failure = await this.#handle(entries.flatMap(({ event }) => event ?? []));
    if (moves !== this.#moves) return true;
    if (!failure || this.#isGivenUp(entries, failure.reason)) {
      this.#tries = 0;
      this.#place = { position: last.position, at: last.at };
      this.#source.heard();
    } else {
      await pause(this.#around.clock, waitAfter(this.#tries), this.#closing.signal).catch(() => {});
    }
    return true;
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
    this.#around.reports.tell(refused("a subscriber", entries[0]!.position, reason));
    return true;
  }
}
