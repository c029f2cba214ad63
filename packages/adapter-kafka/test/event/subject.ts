import { listen } from "@evenmatch/services/vitest/adapter";
import { freshTopics, kafkaClient, type Brokers, type FreshTopics } from "@evenmatch/services";
import type { Kafka } from "kafkajs";
import { vi } from "vitest";
import type { KafkaLike } from "../../src/connection/driver.js";
import { kafkaEventBus, type KafkaEventBus, type KafkaEventBusOptions } from "../../src/index.js";

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

  readonly listen = listen;

  /** Waits until the brokers say this of a group. */
  async inGroup(group: string, state: string): Promise<void> {
    await until(async () => (await this.stateOf(group)) === state);
  }

  /** What the brokers say of a group. */
  async stateOf(group: string): Promise<string | undefined> {
    const admin = this.kafka.admin();
    await admin.connect();
    const { groups } = await admin
      .describeGroups([`${this.topic}-${group}`])
      .finally(() => admin.disconnect());
    return groups[0]?.state;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((bus) => bus.close()));
    // Servers of one's own may be down, and are gone soon.
    if (this.#isShared) await this.topics.drop();
  }
}
