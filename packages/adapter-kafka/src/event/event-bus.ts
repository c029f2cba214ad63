import {
  EvenmatchError,
  type BusEvent,
  type BusHandler,
  type CallOptions,
  type EventBus,
  type SubscribeOptions,
  type Subscription,
} from "@evenmatch/core";
import { onAbort, Publisher, Reports, unlessAborted } from "@evenmatch/core/adapter";
import { withAdmin } from "../connection/admin.js";
import type { KafkaLike, RecordToSend } from "../connection/driver.js";
import { closed } from "../connection/failures.js";
import {
  checkedKafka,
  checkedName,
  connectionSettings,
  type ConnectionSettings,
  type KafkaConnectionOptions,
} from "../connection/options.js";
import { LARGEST_WRITE, sizeOfRecord, Writer } from "../connection/writer.js";
import { deadTopic, EVENTS } from "../topic/names.js";
import { DeadLetters } from "./dead-letters.js";
import type { Around } from "./handling.js";
import { Listener } from "./listener.js";
import { Member } from "./member.js";
import { recordOf } from "./record.js";

/** Through which topic a {@link KafkaEventBus} goes. */
export interface KafkaEventBusOptions extends KafkaConnectionOptions {
  /**
   * The topic of events, which has to be there: `ensureTopics` makes it, and the one beside it, `….dead`, for what a group
   * could not read or handle. `match-events` when left out.
   */
  readonly topic?: string;
  /**
   * Told of what no caller can be told of: events that were put aside or missed, and, when it begins, that the brokers
   * fail. When left out, `process.emitWarning` is.
   */
  readonly onError?: (error: EvenmatchError) => void;
}

/**
 * Events through the Kafka that the team already has. `kafka` is the application's client of `kafkajs`, which stays its
 * own; what the bus opens with it, it closes. Throws `INVALID_OPTIONS`.
 */
export function kafkaEventBus(kafka: KafkaLike, options: KafkaEventBusOptions = {}): KafkaEventBus {
  return new KafkaEventBus(kafka, options);
}

const LONGEST_GROUP = 200;
/** Halves of surrogate pairs, which no text of UTF-8 holds: two names could become one. */
const ODD = /\p{Cs}/u;

/**
 * Events in a topic, whose key is the pool: at least once, and in order per pool.
 *
 * A subscriber hears everything from the moment `subscribe` resolved until it is done with it, through lost connections and
 * as far as the topic keeps it; a group, which is a consumer group of Kafka, also through the end of all its members. What
 * a handler rejects is delivered to it again, up to ten times within half a minute, in smaller and smaller batches, and
 * then put aside: in the topic of dead letters where it is a group's. A subscriber that could not hear everything gets an
 * event of type `error` in its place, with `LISTENER_TOO_SLOW`.
 */
export class KafkaEventBus implements EventBus {
  readonly delivery = "at-least-once";
  readonly #kafka: KafkaLike;
  readonly #topic: string;
  readonly #settings: ConnectionSettings;
  readonly #writer: Writer;
  readonly #publisher: Publisher<RecordToSend>;
  readonly #around: Around;
  readonly #subscriptions = new Set<Subscription>();
  readonly #entering = new Set<Promise<unknown>>();
  /** Resolves once the topic is known to be there. */
  #checked: Promise<void> | undefined;
  readonly #closing = new AbortController();
  #closed: Promise<void> | undefined;

  /** Use {@link kafkaEventBus}. */
  constructor(kafka: KafkaLike, options: KafkaEventBusOptions = {}) {
    this.#kafka = checkedKafka(kafka);
    this.#topic = checkedName("topic", options.topic ?? EVENTS);
    this.#settings = connectionSettings(options);
    const { clock } = this.#settings;
    const warn = (error: Error): void => process.emitWarning(error);
    const reports = new Reports({ onError: options.onError, warn, clock });
    this.#writer = new Writer(kafka, this.#settings);
    const topics = { from: this.#topic, to: deadTopic(this.#topic) };
    this.#around = { clock, reports, dead: new DeadLetters(this.#writer, reports, topics) };
    this.#publisher = new Publisher({
      send: (records) => this.#writer.send([{ topic: this.#topic, messages: [...records] }]),
      sizeOf: sizeOfRecord,
      largest: LARGEST_WRITE,
    });
  }

  /** Resolves when the brokers have the events. Rejects with a retryable error when that is not known. */
  async publish(events: readonly BusEvent[], { signal }: CallOptions): Promise<void> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed("bus");
    await this.#publisher.publish(events.map(recordOf), signal);
  }

  /** Resolves when the subscription is in effect. Rejects with a retryable error when the brokers do not answer. */
  async subscribe(handler: BusHandler, { group, signal }: SubscribeOptions): Promise<Subscription> {
    signal?.throwIfAborted();
    if (this.#closed) throw closed("bus");
    if (group !== undefined) checkGroup(group);
    const entered = this.#enter(handler, group);
    this.#entering.add(entered);
    const isEntered = (): boolean => this.#entering.delete(entered);
    entered.then(isEntered, isEntered);
    let inner: Subscription;
    try {
      inner = await unlessAborted(entered, signal);
    } catch (error) {
      // Given up while it was on its way.
      entered.then((late) => this.#drop(late)).catch(() => {});
      throw error;
    }
    let done: Promise<void> | undefined;
    const close = (): Promise<void> => {
      forget();
      return (done ??= this.#drop(inner));
    };
    const forget = onAbort(signal, () => void close());
    return { close };
  }

  /** Closes every subscription, lets what is being published end, and closes the connections that it opened. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** What `await using` calls: {@link KafkaEventBus.close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #drop(subscription: Subscription): Promise<void> {
    this.#subscriptions.delete(subscription);
    return subscription.close();
  }

  async #close(): Promise<void> {
    this.#closing.abort(closed("bus"));
    await Promise.allSettled(this.#entering);
    await Promise.all(Array.from(this.#subscriptions, (subscription) => subscription.close()));
    await this.#publisher.idle();
    await this.#writer.close();
  }

  async #enter(handler: BusHandler, group: string | undefined): Promise<Subscription> {
    await this.#check();
    const options = { kafka: this.#kafka, topic: this.#topic, timeoutMs: this.#settings.timeoutMs };
    const groupId = `${this.#topic}-${group}`;
    const closing = this.#closing.signal;
    const subscription =
      group === undefined
        ? await Listener.open(handler, options, this.#around)
        : await Member.open(handler, { ...options, group, groupId, closing }, this.#around);
    if (this.#closed) {
      await subscription.close();
      throw closed("bus");
    }
    this.#subscriptions.add(subscription);
    return subscription;
  }

  /** A consumer takes its time to say that there is no topic. */
  #check(): Promise<void> {
    this.#checked ??= withAdmin(this.#kafka, this.#settings, async (admin) => {
      // Asks for a while, as not every broker knows of a topic that was made a moment ago.
      await admin.fetchTopicOffsets(this.#topic);
    }).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }
}

function checkGroup(group: string): void {
  const isName =
    typeof group === "string" && group.length > 0 && group.length <= LONGEST_GROUP && !ODD.test(group);
  if (isName) return;
  throw new EvenmatchError("INVALID_REQUEST", {
    rule: `the name of a group is 1 to ${LONGEST_GROUP} characters of text`,
    received: group,
    remedy: "Choose another name.",
  });
}
