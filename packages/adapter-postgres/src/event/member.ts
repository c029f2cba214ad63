import { EvenmatchError, type BusEvent, type BusHandler, type Millis } from "@evenmatch/core";
import {
  Alarm,
  HANDLER_TRIES,
  pause,
  unknownEvent,
  waitAfter,
  waitAfterFailure,
} from "@evenmatch/core/adapter";
import type { Around } from "./around.js";
import type { Entry } from "./entry.js";
import type { Acknowledged, Group, Taken } from "./group.js";
import { missed, refused } from "./reports.js";

/** After so long another member gets its turn, in ms, and how long this one then stands back. */
const TURN: Millis = 100;
const STAND_BACK: Millis = 50;
/** How long acknowledging is tried again while closing, in ms: after that, the events go to another member again. */
const LAST_WORDS: Millis = 5_000;

/**
 * A member of a group. One member works on the next events at a time, under a lease in the server's time, which it
 * renews while its handler runs; a fence refuses it once another has taken over.
 *
 * | state | entered when | leaves by |
 * |---|---|---|
 * | asleep | there is nothing to do | news; the next poll |
 * | waiting | another member works | its turn; the end of the other's lease: whoever works takes what is new, too |
 * | working | it took events | acknowledging them: the next, or asleep; a failure: waiting until it is time to try again |
 * | standing back | others wait, and it had its turn | time |
 */
export class Member {
  readonly #group: Group;
  readonly #handler: BusHandler;
  readonly #around: Around;
  /** Tells other members that it is their turn. */
  readonly #passOn: (group: string) => void;
  readonly #alarm = new Alarm();
  readonly #closing = new AbortController();
  #isWaiting = false;
  #cancelLook = (): void => {};
  #running: Promise<void> | undefined;

  constructor(handler: BusHandler, group: Group, around: Around, passOn: (group: string) => void) {
    this.#handler = handler;
    this.#group = group;
    this.#around = around;
    this.#passOn = passOn;
  }

  get group(): string {
    return this.#group.name;
  }

  /** There are events, or nobody knows. */
  wake(): void {
    if (!this.#isWaiting) this.#alarm.ring();
  }

  /** Another member has had its turn. */
  passedOn(): void {
    this.#alarm.ring();
  }

  start(): void {
    this.#running = this.#run();
    this.#alarm.ring();
  }

  /** Resolves when the running handler has ended, and others can go on. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#alarm.ring();
    await this.#running;
    this.#cancelLook();
    this.#passOn(this.#group.name);
  }

  async #run(): Promise<void> {
    const { reports } = this.#around;
    const what = `group ${this.#group.name}`;
    for (;;) {
      await this.#alarm.rung();
      if (this.#isClosing) return;
      this.#isWaiting = false;
      try {
        await this.#takeTurn();
        reports.works(what);
      } catch (error) {
        if (this.#isClosing) return;
        reports.failed(what, error);
        this.#lookIn(waitAfterFailure(error));
      }
    }
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #takeTurn(): Promise<void> {
    let taken = await this.#group.take();
    if (!taken) return this.#wait();
    const { clock } = this.#around;
    const since = clock.stopwatch();
    while (taken) {
      if (this.#isClosing) {
        await this.#group.leave(taken);
        return;
      }
      const done = await this.#work(taken);
      if (done === undefined) {
        await this.#group.fail(taken);
        this.#lookIn(waitAfter(taken.tries));
        return;
      }
      const answer = await this.#acknowledge(taken, done, clock.stopwatch() - since > TURN);
      if (answer.type === "released" && answer.isWanted) {
        this.#passOn(this.#group.name);
        this.#lookIn(STAND_BACK);
      }
      taken = answer.type === "next" ? answer.taken : undefined;
    }
  }

  /** Somebody else works on events, or there are none. */
  async #wait(): Promise<void> {
    const leftMs = await this.#group.want();
    if (leftMs === undefined) {
      // The group was dropped while it had members: it begins again.
      await this.#group.enter();
    } else if (leftMs > 0) this.#lookIn(leftMs);
  }

  #lookIn(ms: Millis): void {
    this.#isWaiting = true;
    this.#cancelLook();
    this.#cancelLook = this.#around.clock.at(this.#around.clock.now() + ms, () => this.#alarm.ring());
  }

  /** The position up to which these events are done with; `undefined` where they are not. */
  async #work(taken: Taken): Promise<number | undefined> {
    const { reports } = this.#around;
    const { entries, tries } = taken;
    const last = entries.at(-1);
    const [first] = entries;
    for (const entry of entries) if (!entry.event) await this.#leaveOut(taken, entry);
    const events = entries.flatMap(({ event }) => event ?? []);
    if (taken.missed > 0) {
      const error = missed(`group ${this.#group.name}, about ${taken.missed} events`);
      reports.tell(error);
      events.unshift(reports.asEvent(error));
    }
    if (events.length === 0) return last?.position ?? 0;
    const isLastTry = entries.length === 1 && tries >= HANDLER_TRIES;
    // Begun more often than it can have been rejected: it ends the process of whoever begins it.
    const failure = tries > HANDLER_TRIES ? { reason: ENDED } : await this.#handle(events, taken);
    if (!failure) return last?.position ?? 0;
    if (!isLastTry || !first) return undefined;
    await this.#group.putAside(taken, first, String(failure.reason));
    reports.tell(refused(`group ${this.#group.name}`, first.position, failure.reason));
    return first.position;
  }

  async #leaveOut(taken: Taken, entry: Entry): Promise<void> {
    const error = unknownEvent({ position: entry.position }, entry.text);
    await this.#group.putAside(taken, entry, error.message);
    this.#around.reports.seldom("unknown", () => error);
  }

  async #handle(
    events: readonly BusEvent[],
    taken: Taken,
  ): Promise<{ readonly reason: unknown } | undefined> {
    const stop = this.#renew(taken);
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

  /** Until the answer is known: what was done would come again otherwise. */
  async #acknowledge(taken: Taken, position: number, isOverdue: boolean): Promise<Acknowledged> {
    const { clock, reports } = this.#around;
    let until = Infinity;
    for (let tries = 1; ; tries++) {
      const isClosing = this.#isClosing;
      try {
        return await this.#group.acknowledge(taken, position, { isClosing, isOverdue });
      } catch (error) {
        reports.failed(`group ${this.#group.name}`, error);
        if (isClosing) until = Math.min(until, clock.now() + LAST_WORDS);
        const isFinal = error instanceof EvenmatchError && !error.retryable;
        if (isFinal || clock.now() >= until) return { type: "lost" };
        await pause(clock, waitAfter(Math.min(tries, 5)), isClosing ? undefined : this.#closing.signal).catch(
          () => {},
        );
      }
    }
  }
}

const ENDED = "every process that began it ended before it was done";
