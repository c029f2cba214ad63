import {
  EvenmatchError,
  type BusEvent,
  type BusHandler,
  type CallOptions,
  type EventBus,
  type Millis,
  type SubscribeOptions,
  type Subscription,
} from "@evenmatch/core";
import { encodeEvent, onAbort, type Publisher, Reports, unlessAborted } from "@evenmatch/core/adapter";
import { Database } from "../connection/database.js";
import type { PoolLike } from "../connection/driver.js";
import { closed } from "../connection/failures.js";
import { ODD, settingsOf, wholeMillis, type PostgresOptions } from "../connection/options.js";
import { Wakeups } from "../connection/wakeups.js";
import type { Around } from "./around.js";
import { Cleaning } from "./cleaning.js";
import { Group } from "./group.js";
import { Listener } from "./listener.js";
import { Member } from "./member.js";
import { publisherOf } from "./publisher.js";
import { Tail } from "./tail.js";

/** How a {@link PostgresEventBus} reaches its tables, and how long it keeps and waits. */
export interface PostgresEventBusOptions extends PostgresOptions {
  /**
   * How long events are kept that a group or a process has not read, in ms; 7 days when left out. Everyone is told that
   * missed some. The least of what the processes of a deployment say holds.
   */
  readonly retainMs?: Millis;
  /** How long a member of a group may be silent before another takes over its events, in ms; 5,000 when left out. */
  readonly leaseMs?: Millis;
  /**
   * Told of what no caller can be told of: events that were put aside or missed, and, when it begins, that the database
   * fails. When left out, `process.emitWarning` is.
   */
  readonly onError?: (error: EvenmatchError) => void;
}

/**
 * Events through the database that the team already has. `pool` is the application's `pg.Pool`, which stays its own, or
 * a URL. Throws `INVALID_OPTIONS`.
 */
export function postgresEventBus(
  pool: PoolLike | string,
  options: PostgresEventBusOptions = {},
): PostgresEventBus {
  return new PostgresEventBus(pool, options);
}

const RETAIN: Millis = 7 * 24 * 3_600_000;
const LEASE: Millis = 5_000;
const LONGEST_GROUP = 200;

/** Topics of the wake-ups: there are events up to a position, and it is another member's turn in groups. */
const NEWS = "events";
const TURNS = "turns";

/**
 * An outbox: events are rows in the order of their commits, and NOTIFY says no more than that there are some. Each
 * process reads them once for all of its subscribers; groups share them under a lease.
 *
 * At least once: a subscriber hears everything from the moment `subscribe` resolved until it is done with it, through
 * lost connections and restarts of the server; a group also through the end of all its members. What a handler rejects
 * is delivered to it again, up to ten times within half a minute, in smaller and smaller batches, and then put aside. A
 * subscriber that could not hear everything gets an event of type `error` in its place, with `LISTENER_TOO_SLOW`.
 */
export class PostgresEventBus implements EventBus {
  readonly delivery = "at-least-once";
  readonly #database: Database;
  readonly #wakeups: Wakeups;
  readonly #around: Around;
  readonly #publisher: Publisher<string>;
  readonly #cleaning: Cleaning;
  readonly #members = new Set<Member>();
  readonly #subscriptions = new Set<Subscription>();
  readonly #entering = new Set<Promise<unknown>>();
  #listening: Promise<unknown> | undefined;
  #tail: { readonly opened: Promise<Tail>; users: number } | undefined;
  #closed: Promise<void> | undefined;

  /** Use {@link postgresEventBus}. */
  constructor(pool: PoolLike | string, options: PostgresEventBusOptions = {}) {
    const { retainMs = RETAIN, leaseMs = LEASE, onError } = options;
    wholeMillis("retainMs", retainMs, 1);
    wholeMillis("leaseMs", leaseMs, 1);
    const settings = settingsOf(options);
    const { clock } = settings;
    this.#database = new Database(pool, settings);
    this.#wakeups = new Wakeups(this.#database, settings);
    const reports = new Reports({ onError, warn: (error) => process.emitWarning(error), clock });
    this.#around = { database: this.#database, clock, reports, leaseMs, retainMs };
    this.#publisher = publisherOf(this.#database, (end) => {
      this.#wake(end);
      this.#wakeups.ring(NEWS, [String(end)]);
    });
    this.#cleaning = new Cleaning(this.#around);
  }

  /** Resolves when the events are committed. Rejects with a retryable error when that is not known. */
  async publish(events: readonly BusEvent[], { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed("bus");
    await this.#publisher.publish(events.map(encodeEvent), signal);
  }

  /** Resolves when the subscription is in effect. Rejects with a retryable error when the database does not answer. */
  async subscribe(handler: BusHandler, { group, signal }: SubscribeOptions): Promise<Subscription> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed("bus");
    if (group !== undefined) checkGroup(group);
    const entered = this.#enter(handler, group);
    this.#entering.add(entered);
    const isEntered = (): boolean => this.#entering.delete(entered);
    entered.then(isEntered, isEntered);
    let subscription: Subscription;
    try {
      subscription = await unlessAborted(entered, signal);
    } catch (error) {
      // Given up while it was on its way.
      entered.then((late) => late.close()).catch(() => {});
      throw error;
    }
    const close = async (): Promise<void> => {
      forget();
      this.#subscriptions.delete(subscription);
      await subscription.close();
    };
    const forget = onAbort(signal, () => void close());
    return { close };
  }

  /**
   * Forgets a group, and with it what it has not read. Members that are still there begin anew, with what is published
   * from then on.
   */
  async dropGroup(group: string): Promise<void> {
    checkGroup(group);
    await this.#database.query("DELETE FROM {schema}.event_groups WHERE name = $1", [group]);
  }

  /**
   * Closes every subscription, lets what is being published end, and ends the connections it opened. Those of the
   * application's pool are back when it resolves, but for calls that were given up and that the server still works on.
   */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** What `await using` calls: {@link PostgresEventBus.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#cleaning.close();
    await Promise.allSettled(this.#entering);
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
    await this.#publisher.idle();
    await this.#wakeups.close();
    await this.#database.close();
  }

  async #enter(handler: BusHandler, group: string | undefined): Promise<Subscription> {
    await this.#listen();
    const subscription =
      group === undefined ? await this.#listener(handler) : await this.#member(handler, group);
    if (this.#closed) {
      await subscription.close();
      throw closed("bus");
    }
    this.#subscriptions.add(subscription);
    return subscription;
  }

  async #listener(handler: BusHandler): Promise<Subscription> {
    const shared = (this.#tail ??= { opened: Tail.open(this.#around), users: 0 });
    shared.users++;
    const leave = async (): Promise<void> => {
      if (--shared.users > 0) return;
      if (this.#tail === shared) this.#tail = undefined;
      await shared.opened.then((tail) => tail.close()).catch(() => {});
    };
    try {
      const tail = await shared.opened;
      const listener = new Listener(handler, tail, this.#around);
      await tail.add(listener);
      listener.start();
      return { close: once(() => listener.close().then(leave)) };
    } catch (error) {
      await leave();
      throw error;
    }
  }

  async #member(handler: BusHandler, name: string): Promise<Subscription> {
    const group = new Group(name, this.#around);
    await group.enter();
    const member = new Member(handler, group, this.#around, (passed) =>
      this.#wakeups.ring(TURNS, [hashOf(passed)]),
    );
    this.#members.add(member);
    member.start();
    return {
      close: once(async () => {
        this.#members.delete(member);
        await member.close();
      }),
    };
  }

  async #listen(): Promise<void> {
    this.#listening ??= Promise.all([
      this.#wakeups.on(NEWS, (ends) =>
        this.#wake(ends.length > 0 ? Math.max(...ends.map(Number)) : Infinity),
      ),
      this.#wakeups.on(TURNS, (groups) => {
        for (const member of this.#members)
          if (groups.length === 0 || groups.includes(hashOf(member.group))) member.passedOn();
      }),
    ]);
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
  }

  /** There are events up to a position, or nobody knows. */
  #wake(end: number): void {
    this.#tail?.opened.then((tail) => tail.wake(end)).catch(() => {});
    for (const member of this.#members) member.wake();
  }
}

function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= run());
}

/** A group as a wake-up names it: two that have the same are both woken. */
function hashOf(group: string): string {
  let hash = 0;
  for (let index = 0; index < group.length; index++) hash = (hash * 31 + group.charCodeAt(index)) | 0;
  return String(hash);
}

function checkGroup(group: string): void {
  const isName = typeof group === "string" && group !== "" && group.length <= LONGEST_GROUP;
  if (isName && !ODD.test(group)) return;
  throw new EvenmatchError("INVALID_OPTIONS", {
    rule: `a group is a text of 1 to ${LONGEST_GROUP} characters without NUL`,
    received: group,
    remedy: "Name it after what it does.",
  });
}
