import {
  EvenmatchError,
  type BusEvent,
  type BusHandler,
  type CallOptions,
  type Delivery,
  type EventBus,
  type Millis,
  type SubscribeOptions,
  type Subscription,
} from "@evenmatch/core";
import { onAbort, Reports, unlessAborted } from "@evenmatch/core/adapter";
import type { Needs } from "../connection/check.js";
import type { RedisLike } from "../connection/driver.js";
import { closed } from "../connection/failures.js";
import { settingsOf, wholeMillis, type RedisConnectionOptions } from "../connection/options.js";
import { RedisServer } from "../connection/server.js";
import { Channel } from "./channel.js";
import { once, type Kind } from "./kind.js";
import type { Around } from "./lane.js";
import { Streams } from "./streams.js";

/** How a {@link RedisEventBus} delivers, and how much it keeps. */
export interface RedisEventBusOptions extends RedisConnectionOptions {
  /**
   * `at-least-once`, as when left out: streams, which keep events for who is cut off for a while, and have groups.
   * `at-most-once`: pub/sub, which keeps nothing, and has none.
   */
  readonly delivery?: Delivery;
  /**
   * How many events each stream keeps, about; 100,000 when left out. Who is further behind misses the oldest, and is told.
   * A server needs about so many times their size in memory.
   */
  readonly maxLength?: number;
  /**
   * Over how many streams pools are spread; 1 when left out. More of them lie on several servers of a Cluster, and let
   * as many members of a group work at once; each costs every process that listens a connection. All processes of a
   * deployment have to say the same.
   */
  readonly streams?: number;
  /** How long a member of a group may be silent before another takes over its events, in ms; 5,000 when left out. */
  readonly leaseMs?: Millis;
  /**
   * Told of what no caller can be told of: events that were put aside or missed, and, when it begins, that the server
   * fails. When left out, `process.emitWarning` is.
   */
  readonly onError?: (error: EvenmatchError) => void;
}

/**
 * Events through the Redis that the team already has. `client` is the application's client of `ioredis`, which stays its
 * own (one server, Sentinel or Cluster), or a URL. Throws `INVALID_OPTIONS`.
 */
export function redisEventBus(client: RedisLike | string, options: RedisEventBusOptions = {}): RedisEventBus {
  return new RedisEventBus(client, options);
}

const MAX_LENGTH = 100_000;
const MOST_STREAMS = 64;
const LEASE: Millis = 5_000;

/** What the user of the connection has to be allowed, with keys of this kind. */
const STREAM_NEEDS: Needs = [
  ["evalsha", "0"],
  ["time"],
  ["get"],
  ["set", "v"],
  ["del"],
  ["exists"],
  ["hget", "f"],
  ["hmget", "f"],
  ["hset", "f", "v"],
  ["xack", "g", "1-0"],
  ["xadd", "*", "f", "v"],
  ["xgroup|create", "g", "0"],
  ["xgroup|destroy", "g"],
  ["xpending", "g"],
  ["xrange", "-", "+"],
  ["xread", "STREAMS"],
  ["xreadgroup", "GROUP", "g", "c", "STREAMS"],
  ["xrevrange", "+", "-"],
];
const CHANNEL_NEEDS: Needs = [["evalsha", "0"], ["publish", "m"], ["subscribe"]];

/**
 * Events in streams or by pub/sub, as `delivery` says.
 *
 * At least once: a subscriber hears everything from the moment `subscribe` resolved until it is done with it, through
 * lost connections and as far as the server keeps it; a group also through the end of all its members. What a handler
 * rejects is delivered to it again, up to ten times within half a minute, in smaller and smaller batches, and then put
 * aside. A subscriber that could not hear everything gets an event of type `error` in its place, with
 * `LISTENER_TOO_SLOW`.
 *
 * At most once: a subscriber hears what is published while its connection holds and its handler keeps up.
 */
export class RedisEventBus implements EventBus {
  readonly delivery: Delivery;
  readonly #server: RedisServer;
  readonly #kind: Kind;
  readonly #subscriptions = new Set<Subscription>();
  readonly #entering = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** Use {@link redisEventBus}. */
  constructor(client: RedisLike | string, options: RedisEventBusOptions = {}) {
    const { delivery = "at-least-once", maxLength = MAX_LENGTH, streams = 1, leaseMs = LEASE } = options;
    if (!DELIVERIES.includes(delivery)) throw noDelivery(delivery);
    wholeNumber("maxLength", maxLength, Number.MAX_SAFE_INTEGER);
    wholeNumber("streams", streams, MOST_STREAMS);
    wholeMillis("leaseMs", leaseMs, 1);
    const settings = settingsOf(options);
    const isKept = delivery === "at-least-once";
    this.#server = new RedisServer(client, settings, isKept ? STREAM_NEEDS : CHANNEL_NEEDS);
    const reports = new Reports({
      onError: options.onError,
      warn: (error) => process.emitWarning(error),
      clock: settings.clock,
    });
    const around: Around = { server: this.#server, clock: settings.clock, reports, leaseMs, maxLength };
    this.#kind = isKept ? new Streams(streams, around) : new Channel(around);
    this.delivery = delivery;
  }

  /** Resolves when the server has the events. Rejects with a retryable error when that is not known. */
  async publish(events: readonly BusEvent[], { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed("bus");
    if (events.length > 0) await this.#kind.publish(events, signal);
  }

  /** Resolves when the subscription is in effect. Rejects with a retryable error when the server does not answer. */
  async subscribe(handler: BusHandler, { group, signal }: SubscribeOptions): Promise<Subscription> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed("bus");
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
    const close = once(async () => {
      forget();
      this.#subscriptions.delete(subscription);
      await subscription.close();
    });
    const forget = onAbort(signal, () => void close());
    return { close };
  }

  /**
   * Forgets a group, and with it what it has not read. Members that are still there are told, and begin anew with what
   * is published from then on. Rejects with `NOT_AVAILABLE` where delivery is at most once.
   */
  async dropGroup(group: string): Promise<void> {
    if (this.#closed) throw closed("bus");
    await this.#kind.dropGroup(group);
  }

  /** Closes every subscription, lets what is being published end, and closes the connections that it opened. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** What `await using` calls: {@link RedisEventBus.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#entering);
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
    await this.#kind.idle();
    await this.#server.close();
  }

  async #enter(handler: BusHandler, group: string | undefined): Promise<Subscription> {
    const subscription = await this.#kind.subscribe(handler, group);
    if (this.#closed) {
      await subscription.close();
      throw closed("bus");
    }
    this.#subscriptions.add(subscription);
    return subscription;
  }
}

const DELIVERIES: readonly Delivery[] = ["at-least-once", "at-most-once"];

function noDelivery(received: unknown): EvenmatchError {
  return new EvenmatchError("INVALID_OPTIONS", {
    rule: `delivery is ${DELIVERIES.map((one) => `"${one}"`).join(" or ")}`,
    received,
    remedy: "Leave it out if unsure.",
  });
}

function wholeNumber(name: string, value: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return;
  throw new EvenmatchError("INVALID_OPTIONS", {
    rule: `${name} is a whole number of 1 to ${most}`,
    received: value,
    remedy: "Leave it out if unsure.",
  });
}
