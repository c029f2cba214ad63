import { EvenmatchError, type BusEvent, type BusHandler, type Millis } from "@evenmatch/core";
import { HANDLER_TRIES, pause, unknownEvent, waitAfter, waitAfterFailure } from "@evenmatch/core/adapter";
import type { Line } from "../connection/line.js";
import type { Entry } from "./entry.js";
import type { Acknowledged, Group, Taken } from "./group.js";
import type { Around } from "./lane.js";
import { missed, refused } from "./reports.js";
import type { Turns } from "./turns.js";

/** After so long others get their chance to take what is next, in ms. */
const TURN: Millis = 100;
/** How long it waits for news before it looks by itself, in ms. */
const LOOK: Millis = 2_000;
/** How long acknowledging is tried again while closing, in ms: after that, the events go to another member again. */
const LAST_WORDS: Millis = 5_000;

/** Where a member works. */
export interface Place {
  readonly group: Group;
  /** Of its own, for waiting; it is closed with the member. */
  readonly line: Line;
  /** Shared by the members that have one handler, each in another lane: who takes events can work on them. */
  readonly turns: Turns;
}

/**
 * A member of a group, in one lane. One member works on the next events at a time, or there would be no order, under a
 * lease in the server's time, which it renews while its handler runs; a token refuses it once another has taken over.
 *
 * | state | entered when | leaves by |
 * |---|---|---|
 * | asleep | there is nothing to do | an event; the next look |
 * | waiting | another member works | its turn; the end of the other's lease: whoever works takes what is new, too |
 * | working | it took events | acknowledging them: the next, or asleep; a failure: waiting until it is time to try again |
 */
export class Member {
  readonly #group: Group;
  readonly #handler: BusHandler;
  readonly #around: Around;
  readonly #line: Line;
  readonly #turns: Turns;
  readonly #closing = new AbortController();
  #running: Promise<void> | undefined;

  constructor(handler: BusHandler, { group, line, turns }: Place, around: Around) {
    this.#handler = handler;
    this.#group = group;
    this.#line = line;
    this.#turns = turns;
    this.#around = around;
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the running handler has ended, and others can go on. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#line.close();
    await this.#running;
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  get #what(): string {
    return `group ${this.#group.name}`;
  }

  async #run(): Promise<void> {
    const { reports } = this.#around;
    while (!this.#isClosing) {
      try {
        const wait = await this.#turns.take(() => this.#takeTurn());
        await wait?.();
        reports.works(this.#what);
      } catch (error) {
        if (this.#isClosing) return;
        reports.failed(this.#what, error);
        await this.#rest(waitAfterFailure(error));
      }
    }
  }

  /** Works while there is something to do; returns how to wait for more, `undefined` to look at once. */
  async #takeTurn(): Promise<(() => Promise<unknown>) | undefined> {
    if (this.#isClosing) return undefined;
    const turn = await this.#group.take();
    switch (turn.type) {
      case "gone":
        await this.#beginAgain();
        return undefined;
      case "none":
        return () => this.#news(this.#group.lane.log, turn.at, LOOK);
      case "held":
        return () => this.#news(this.#group.turns, turn.turn, turn.leftMs);
      case "taken":
        return this.#workOn(turn);
    }
  }

  async #workOn(first: Taken): Promise<(() => Promise<unknown>) | undefined> {
    const { clock, reports } = this.#around;
    const since = clock.stopwatch();
    let taken: Taken | undefined = first;
    while (taken) {
      if (this.#isClosing) {
        await this.#group.leave(taken);
        return undefined;
      }
      const done = await this.#work(taken);
      if (done === undefined) {
        const { tries } = taken;
        await this.#group.fail(taken);
        return () => this.#rest(waitAfter(tries));
      }
      const isOverdue = clock.stopwatch() - since > TURN;
      const isLast = this.#isClosing || (isOverdue && this.#turns.areWanted);
      let answer: Acknowledged;
      try {
        answer = await this.#group.acknowledge(taken, done, { isLast, isOverdue });
      } catch (error) {
        reports.failed(this.#what, error);
        const unanswered = taken;
        return () => this.#insist(unanswered, done);
      }
      taken = answer.type === "taken" ? answer : undefined;
    }
    return undefined;
  }

  /** Waits until a stream has something behind an id. */
  async #news(stream: string, id: string, ms: Millis): Promise<void> {
    // Not 0, which is for ever.
    const wait = Math.max(1, Math.ceil(ms));
    await this.#line.call("xread", ["COUNT", 1, "BLOCK", wait, "STREAMS", stream, id], wait);
  }

  async #rest(ms: Millis): Promise<void> {
    await pause(this.#around.clock, ms, this.#closing.signal).catch(() => {});
  }

  /** The group was dropped while it had members, or the server lost everything. */
  async #beginAgain(): Promise<void> {
    const { reports } = this.#around;
    await this.#group.enter();
    const error = missed(`${this.#what}, which the server does not know any more`);
    reports.tell(error);
    await this.#handle([reports.asEvent(error)], undefined);
  }

  /** The entries that are done with; `undefined` where they are not. */
  async #work(taken: Taken): Promise<readonly string[] | undefined> {
    const { reports } = this.#around;
    const { entries, tries } = taken;
    const ids = entries.map(({ id }) => id);
    for (const entry of entries) if (!entry.event && !entry.isMark) await this.#leaveOut(entry);
    const events = entries.flatMap(({ event }) => event ?? []);
    if (taken.missed > 0) {
      const error = missed(`${this.#what}, ${taken.missed} events or more`);
      reports.tell(error);
      events.unshift(reports.asEvent(error));
    }
    if (events.length === 0) return ids;
    const [first] = entries;
    const isLastTry = entries.length === 1 && tries >= HANDLER_TRIES;
    // Begun more often than it can have been rejected: it ends the process of whoever begins it.
    const failure = tries > HANDLER_TRIES ? { reason: ENDED } : await this.#handle(events, taken);
    if (!failure) return ids;
    if (!isLastTry || !first) return undefined;
    await this.#group.putAside(first, String(failure.reason));
    reports.tell(refused(this.#what, first.id, failure.reason));
    return ids;
  }

  async #leaveOut(entry: Entry): Promise<void> {
    const error = unknownEvent({ id: entry.id }, entry.text);
    await this.#group.putAside(entry, error.message);
    this.#around.reports.seldom("unknown", () => error);
  }

  async #handle(
    events: readonly BusEvent[],
    taken: Taken | undefined,
  ): Promise<{ readonly reason: unknown } | undefined> {
    const stop = taken ? this.#renew(taken) : () => {};
    try {
      await this.#handler(events);
      return undefined;
    } catch (reason) {
      return { reason };
    } finally {
      stop();
    }
  }

  /** Renews the lease again and again; returns what ends that. */
  #renew(taken: Taken): () => void {
    const { clock, leaseMs } = this.#around;
    let isOver = false;
    let cancel = (): void => {};
    const schedule = (): void => {
      cancel = clock.at(clock.now() + Math.ceil(leaseMs / 3), () => {
        const renewed = this.#group.renew(taken).catch(() => true);
        void renewed.then((isOurs) => (isOver || !isOurs ? undefined : schedule()));
      });
    };
    schedule();
    return () => {
      isOver = true;
      cancel();
    };
  }

  /** Until the answer is known: what was done would come again otherwise. Others work meanwhile. */
  async #insist(taken: Taken, ids: readonly string[]): Promise<void> {
    const { clock, reports } = this.#around;
    let until = Infinity;
    for (let tries = 1; ; tries++) {
      const isClosing = this.#isClosing;
      const wait = waitAfter(Math.min(tries, 5));
      await pause(clock, wait, isClosing ? undefined : this.#closing.signal).catch(() => {});
      try {
        await this.#group.acknowledge(taken, ids, { isLast: true, isOverdue: true });
        return;
      } catch (error) {
        reports.failed(this.#what, error);
        if (isClosing) until = Math.min(until, clock.now() + LAST_WORDS);
        const isFinal = error instanceof EvenmatchError && !error.retryable;
        if (isFinal || clock.now() >= until) return;
      }
    }
  }
}

const ENDED = "every process that began it ended before it was done";
