import { systemClock, type BusEvent, type Clock, type PoolKey, type Subscription } from "@evenmatch/core";
import { freshTopics, kafkaClient, type Brokers, type FreshTopics } from "@evenmatch/services";
import type { Kafka } from "kafkajs";
import { vi } from "vitest";
import type { KafkaLike } from "../../src/connection/driver.js";
import { kafkaEventBus, type KafkaEventBus, type KafkaEventBusOptions } from "../../src/index.js";

export const POOL: PoolKey = { queue: "duel", region: "eu" };

/** The n-th event of a pool. */
export function event(seq: number, pool = POOL, matchId = `m${seq}`): BusEvent {
  return { v: 1, type: "match.delivered", at: 1_000 + seq, pool, seq, data: { matchId } };
}

export function events(from: number, until: number, pool = POOL): BusEvent[] {
  return Array.from({ length: until - from }, (_, index) => event(from + index, pool));
}

/** The numbers of events; errors among them are -1. */
export const seqs = (heard: readonly BusEvent[]): number[] =>
  heard.map(({ type, seq }) => (type === "error" ? -1 : seq));
export const numbers = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index);
export const once = (list: readonly number[]): number[] => [...new Set(list)];

/** Waits until a condition holds. */
export function until(condition: () => unknown, timeout = 30_000): Promise<unknown> {
  return vi.waitUntil(condition, { timeout, interval: 5 });
}

/** Tries until it works, as the matchmaker does with what is retryable. */
export async function insist(work: () => Promise<unknown>): Promise<void> {
  await until(() =>
    work().then(
      () => true,
      () => false,
    ),
  );
}

/** A clock on which waits are over a hundred times sooner. */
export function hurried(): Clock {
  const clock = systemClock();
  const at: Clock["at"] = (when, run) => clock.at(clock.now() + (when - clock.now()) / 100, run);
  return { now: () => clock.now(), stopwatch: () => clock.stopwatch(), at };
}

export interface Heard {
  readonly heard: BusEvent[];
  readonly subscription: Subscription;
}

/** A bus of one test: a topic of its own, and clients that each are the one of a process. */
export class EventsSubject implements AsyncDisposable {
  readonly topics: FreshTopics;
  readonly kafka: Kafka;
  readonly topic: string;
  readonly #opened: KafkaEventBus[] = [];
  readonly #isShared: boolean;

  private constructor(
    readonly server: Brokers,
    topics: FreshTopics,
    topic: string,
    isShared: boolean,
  ) {
    this.#isShared = isShared;
    this.topics = topics;
    this.topic = topic;
    this.kafka = kafkaClient(server);
  }

  static async open(
    server: Brokers,
    { partitions = 3, dead = false }: { partitions?: number; dead?: boolean } = {},
  ): Promise<EventsSubject> {
    const topics = freshTopics(server);
    const topic = await topics.create("events", { partitions });
    if (dead) await topics.create("events.dead");
    return new EventsSubject(server, topics, topic, !("kill" in server));
  }

  /** The bus of a process that reaches the brokers by a client of its own. */
  bus(options: KafkaEventBusOptions = {}, kafka: KafkaLike = kafkaClient(this.server)): KafkaEventBus {
    const bus = kafkaEventBus(kafka, { onError: () => {}, ...options, topic: this.topic });
    this.#opened.push(bus);
    return bus;
  }

  /** Subscribes, and writes down what is heard. */
  async listen(
    bus: KafkaEventBus,
    {
      group,
      handle,
    }: { group?: string; handle?: (events: readonly BusEvent[]) => void | Promise<void> } = {},
  ): Promise<Heard> {
    const heard: BusEvent[] = [];
    const subscription = await bus.subscribe(
      async (batch) => {
        heard.push(...batch);
        await handle?.(batch);
      },
      { group },
    );
    return { heard, subscription };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((bus) => bus.close()));
    // Servers of one's own may be down, and are gone soon.
    if (this.#isShared) await this.topics.drop();
  }
}
