import type { BusEvent, Request, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";
import { freshTopics, kafkaClient, type Brokers } from "@evenmatch/services";
import { ConfigResourceTypes, type Admin, type Kafka } from "kafkajs";
import type { KafkaLike } from "../../src/connection/driver.js";
import {
  ensureTopics,
  kafkaEventBus,
  kafkaTicketStore,
  type KafkaEventBus,
  type KafkaTicketStore,
  type KafkaTicketStoreOptions,
} from "../../src/index.js";
import { Names } from "../../src/ticket/names.js";
import { running, type Running } from "../ticket/running.js";
import { ends, type Calls } from "./row.js";

export const NOON = Date.UTC(2026, 0, 1, 12);

let made = 0;

/** A ticket of a player of its own. */
export function aTicket(queue = "duel", { region = "eu", text = "" } = {}): Ticket {
  const number = ++made;
  const pool = { queue, region };
  const players = [{ id: `player ${number}`, rating: 1500, attributes: { text } }];
  return { ...pool, id: idOf(pool, `t${number}`), players, joinedAt: NOON };
}

export function join(ticket: Ticket): Request {
  return { type: "join", ticket };
}

function anEvent(): BusEvent {
  const ticket = aTicket();
  const pool = { queue: "duel", region: "eu" };
  return { v: 1, type: "ticket.joined", at: NOON, pool, seq: ++made, data: { ticket } };
}

/** Topics of one test, with a worker whom nothing befalls but what befalls the brokers. */
export class World implements AsyncDisposable {
  readonly names: Names;
  readonly events: string;
  readonly kafka: Kafka;
  readonly #closing: (readonly [what: string, close: () => Promise<unknown>])[] = [];

  private constructor(
    readonly server: Brokers,
    readonly prefix: string,
  ) {
    this.names = new Names(prefix);
    this.events = `${prefix}-events`;
    this.kafka = kafkaClient(server);
  }

  /** The queue `duel` is run by a worker; `solo` by whoever offers to. */
  static async open(
    server: Brokers,
    { isRun = true, partitions = 1 }: { isRun?: boolean; partitions?: number } = {},
  ): Promise<World> {
    const topics = freshTopics(server);
    const world = new World(server, topics.prefix);
    const { kafka, prefix, events } = world;
    await ensureTopics(kafka, { prefix, queues: ["duel", "solo"], partitions, events });
    if (isRun) {
      const worker = world.store();
      world.run(worker, "duel");
      await worker.submit([join(aTicket())], { now: NOON });
    }
    return world;
  }

  store(options: KafkaTicketStoreOptions = {}, kafka: KafkaLike = this.kafka): KafkaTicketStore {
    const store = kafkaTicketStore(kafka, { onProblem: () => {}, ...options, prefix: this.prefix });
    this.#closing.unshift(["a store", () => store.close()]);
    return store;
  }

  bus(kafka: KafkaLike = this.kafka, timeoutMs?: number): KafkaEventBus {
    const bus = kafkaEventBus(kafka, {
      topic: this.events,
      onError: () => {},
      ...(timeoutMs && { timeoutMs }),
    });
    this.#closing.unshift(["a bus", () => bus.close()]);
    return bus;
  }

  run(store: KafkaTicketStore, queue: string): Running {
    const offer = running(store, queue);
    this.#closing.unshift(["an offer", () => offer.stop().catch(() => {})]);
    return offer;
  }

  /** Asks the brokers for something, or has them change it. */
  async admin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin();
    await admin.connect();
    return work(admin).finally(() => admin.disconnect());
  }

  /** Changes a topic; settings that are not said are those of the brokers afterwards. */
  async configure(name: string, settings: Readonly<Record<string, string>>): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    const resources = [{ type: ConfigResourceTypes.TOPIC, name, configEntries }];
    await this.admin((admin) => admin.alterConfigs({ validateOnly: false, resources }));
  }

  /** Writes what nobody of ours would. */
  async write(
    topic: string,
    messages: { key: string | null; value: string | null; partition?: number }[],
  ): Promise<void> {
    const producer = this.kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages }).finally(() => producer.disconnect());
  }

  /** What a process with this client does all day. */
  calls(kafka: KafkaLike, options: KafkaTicketStoreOptions = {}): Calls {
    const tickets = this.store(options, kafka);
    const events = this.bus(kafka, options.timeoutMs);
    // A joining ticket stays the same until it was acknowledged.
    let waiting = aTicket();
    const offering = (): Promise<unknown> => this.#offer(kafka, options);
    return {
      async join() {
        await tickets.submit([join(waiting)], { now: NOON });
        waiting = aTicket();
      },
      async read() {
        await tickets.read([{ type: "ticket", ticketId: waiting.id }], {});
      },
      async run() {
        await offering();
      },
      async publish() {
        await events.publish([anEvent()], {});
      },
      async subscribe() {
        await (await events.subscribe(() => {}, {})).close();
      },
      async share() {
        await (await events.subscribe(() => {}, { group: "g" })).close();
      },
    };
  }

  /** Offers to run a queue until somebody has joined it. Rejects when the offer is refused. */
  async #offer(kafka: KafkaLike, options: KafkaTicketStoreOptions): Promise<void> {
    const store = this.store(options, kafka);
    const offer = this.run(store, "solo");
    const joined = this.store({ ...options, timeoutMs: 30_000 }).submit([join(aTicket("solo"))], {
      now: NOON,
    });
    joined.catch(() => {});
    try {
      await Promise.race([offer.over, joined]);
    } finally {
      await offer.stop().catch(() => {});
      await store.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [what, close] of this.#closing) await ends(`closing ${what}`, close());
  }
}
