import {
  EvenmatchError,
  systemRandom,
  type BusEvent,
  type BusHandler,
  type Millis,
  type Subscription,
} from "@evenmatch/core";
import {
  Alarm,
  encodeEvent,
  HANDLER_BATCH,
  pause,
  Publisher,
  unknownEvent,
  unlessAborted,
  uuidMaker,
  waitAfterFailure,
} from "@evenmatch/core/adapter";
import type { Line } from "../connection/line.js";
import type { Script } from "../connection/script.js";
import { unanswered } from "../connection/server.js";
import { decoded } from "./entry.js";
import { once, type Kind } from "./kind.js";
import { laneTag, type Around } from "./lane.js";
import { dropped, overrun } from "./reports.js";

/** As many events wait for a handler. */
const KEPT = 10_000;
/** After so long without any message, in ms, it sees whether its own arrive. */
const QUIET: Millis = 5_000;

/** What a message begins with that is no event. */
const MARK = "#";
/** So often a mark is sent before it is given up. */
const MARKS = 5;

const uuid = uuidMaker(systemRandom);

const ANNOUNCE: Script = {
  name: "announce",
  text: `
-- Keys: a channel, which names the server that tells it to all others. Arguments: messages. Publishes them in order.
for i = 1, #ARGV do redis.call('publish', KEYS[1], ARGV[i]) end`,
};

/** Events by pub/sub, which keeps nothing: at most once. All of them through one channel, in the order of calls. */
export class Channel implements Kind {
  readonly delivery = "at-most-once";
  readonly #around: Around;
  readonly #name: string;
  readonly #publisher: Publisher<string>;
  readonly #hearers = new Set<Hearer>();
  /** What is to be done when a mark is heard. */
  readonly #marks = new Map<string, () => void>();
  #users = 0;
  #ear: Promise<Ear> | undefined;

  constructor(around: Around) {
    this.#around = around;
    this.#name = `${laneTag(around.server.prefix, 0)}:channel`;
    this.#publisher = new Publisher({
      send: async (texts) => {
        await around.server.run(ANNOUNCE, [this.#name], [...texts]);
      },
      sizeOf: ({ length }) => length,
    });
  }

  async publish(events: readonly BusEvent[], signal: AbortSignal | undefined): Promise<void> {
    await unlessAborted(this.#publisher.publish(events.map(encodeEvent), signal), signal);
  }

  async subscribe(handler: BusHandler, group: string | undefined): Promise<Subscription> {
    if (group !== undefined) throw noGroups(group);
    const hearer = new Hearer(handler, this.#around);
    this.#users++;
    const leave = async (): Promise<void> => {
      this.#hearers.delete(hearer);
      if (--this.#users > 0) return;
      const ear = this.#ear;
      this.#ear = undefined;
      await ear?.then((open) => open.close()).catch(() => {});
    };
    try {
      await this.#listen();
      await this.#begin(hearer);
      hearer.start();
    } catch (error) {
      await leave();
      throw error;
    }
    const close = async (): Promise<void> => {
      await hearer.close();
      await leave();
    };
    return { close: once(close) };
  }

  async dropGroup(group: string): Promise<void> {
    throw noGroups(group);
  }

  idle(): Promise<void> {
    return this.#publisher.idle();
  }

  async #listen(): Promise<void> {
    this.#ear ??= Ear.open(this.#name, this.#around, (text) => this.#heard(text));
    const ear = this.#ear;
    try {
      await ear;
    } catch (error) {
      if (this.#ear === ear) this.#ear = undefined;
      throw error;
    }
  }

  /**
   * From when a mark of its own has come round, it hears everything. In a Cluster one node tells the others, and what was
   * published before may still be on its way.
   */
  async #begin(hearer: Hearer): Promise<void> {
    const { server, clock } = this.#around;
    const mark = MARK + uuid(clock.now());
    const over = new AbortController();
    const heard = new Promise<true>((resolve) => {
      this.#marks.set(mark, () => {
        this.#hearers.add(hearer);
        resolve(true);
      });
    });
    try {
      for (let tries = 0; tries < MARKS; tries++) {
        await server.run(ANNOUNCE, [this.#name], [mark]);
        const late = pause(clock, server.timeoutMs / MARKS, over.signal).catch(() => {});
        if (await Promise.race([heard, late])) return;
      }
      throw unanswered(server.timeoutMs);
    } finally {
      over.abort();
      this.#marks.delete(mark);
    }
  }

  #heard(text: string): void {
    if (text.startsWith(MARK)) {
      this.#marks.get(text)?.();
      return;
    }
    const event = decoded(text);
    if (!event) {
      this.#around.reports.seldom("unknown", () => unknownEvent({}, text));
      return;
    }
    for (const hearer of this.#hearers) hearer.push(event);
  }
}

/** The connection that hears a channel, made anew where it is deaf: who is cut off without a word would never know. */
class Ear {
  readonly #name: string;
  readonly #around: Around;
  readonly #heard: (text: string) => void;
  readonly #closing = new AbortController();
  #line: Line;
  #isHearing = true;
  readonly #running: Promise<void>;

  private constructor(name: string, around: Around, line: Line, heard: (text: string) => void) {
    this.#name = name;
    this.#around = around;
    this.#line = line;
    this.#heard = heard;
    this.#running = this.#watch();
  }

  static async open(name: string, around: Around, heard: (text: string) => void): Promise<Ear> {
    // A call that shows what is wrong with the server before anything waits for it.
    await around.server.run(ANNOUNCE, [name], [MARK]);
    const line = await around.server.line();
    const ear = new Ear(name, around, line, heard);
    try {
      await ear.#subscribe(line);
      return ear;
    } catch (error) {
      await ear.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#line.close();
    await this.#running;
  }

  async #subscribe(line: Line): Promise<void> {
    await line.subscribe(this.#name, (text) => {
      this.#isHearing = true;
      if (line === this.#line) this.#heard(text);
    });
  }

  async #watch(): Promise<void> {
    const { server, clock, reports } = this.#around;
    const { signal } = this.#closing;
    const rest = (ms: Millis): Promise<void> => pause(clock, ms, signal).catch(() => {});
    while (!signal.aborted) {
      await rest(QUIET);
      if (signal.aborted) return;
      if (this.#isHearing) {
        this.#isHearing = false;
        continue;
      }
      try {
        const said = server.run(ANNOUNCE, [this.#name], [MARK], { signal });
        // Whether it can speak says nothing of whether it can hear: that is another connection.
        await said.then(
          () => rest(server.timeoutMs),
          () => {},
        );
        if (!this.#isHearing && !signal.aborted) await this.#renew();
        await said;
        reports.works("hearing");
      } catch (error) {
        if (signal.aborted) return;
        reports.failed("hearing", error);
        await rest(waitAfterFailure(error));
      }
    }
  }

  async #renew(): Promise<void> {
    this.#line.close();
    this.#line = await this.#around.server.line();
    if (this.#closing.signal.aborted) this.#line.close();
    else await this.#subscribe(this.#line);
  }
}

/** One who hears everything while it can keep up. */
class Hearer {
  readonly #handler: BusHandler;
  readonly #around: Around;
  readonly #alarm = new Alarm();
  #waiting: BusEvent[] = [];
  #isOverrun = false;
  #isClosing = false;
  #running: Promise<void> | undefined;

  constructor(handler: BusHandler, around: Around) {
    this.#handler = handler;
    this.#around = around;
  }

  push(event: BusEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > 2 * KEPT) {
      this.#waiting = this.#waiting.slice(-KEPT);
      this.#isOverrun = true;
    }
    this.#alarm.ring();
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Resolves when the running handler has ended. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#alarm.ring();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { reports } = this.#around;
    for (;;) {
      await this.#alarm.rung();
      while (this.#waiting.length > 0 && !this.#isClosing) {
        const events = this.#waiting.splice(0, HANDLER_BATCH);
        if (this.#isOverrun) {
          this.#isOverrun = false;
          const error = overrun(KEPT);
          reports.tell(error);
          events.unshift(reports.asEvent(error));
        }
        try {
          await this.#handler(events);
        } catch (reason) {
          reports.tell(dropped(reason));
        }
      }
      if (this.#isClosing) return;
    }
  }
}

function noGroups(group: string): EvenmatchError {
  return new EvenmatchError("NOT_AVAILABLE", {
    rule: "groups share what a bus keeps, and one that delivers at most once keeps nothing",
    received: group,
    remedy: 'Leave `delivery` out, or say "at-least-once".',
  });
}
