import { kafkaEventBus, kafkaTicketStore } from "@evenmatch/adapter-kafka";
import type { KafkaSettings } from "@evenmatch/services";
import type { Bell, Engine } from "../deployment/engine.js";
import { QUEUE } from "../deployment/players.js";
import { BARE_TOPIC, client, onServer } from "./server.js";

/**
 * Who joins before the first worker runs pools waits for it, and on a busy machine processes take their time to start; in
 * ms. What was not answered is asked again as always.
 */
export const PATIENCE = 60_000;

/** Where a deployment's pools lie: one region on each partition, so that every worker has as many as another. */
export interface Spread {
  readonly queue: string;
  readonly regions: readonly string[];
  /** More lines of server.properties. */
  readonly settings?: KafkaSettings;
}

/** Tickets and events on Kafka, which keeps no matches. */
export function onKafka({ queue, regions, settings = {} }: Spread): Engine {
  return {
    title: "Kafka",
    onServer: (work) => onServer({ queue, partitions: regions.length, settings }, work),
    portsOn(url) {
      const kafka = client(url);
      const tickets = kafkaTicketStore(kafka, { regions, timeoutMs: PATIENCE });
      const events = kafkaEventBus(kafka);
      const close = async (): Promise<void> => {
        await Promise.all([tickets.close(), events.close()]);
      };
      return { ports: { tickets, events }, close };
    },
    bellOn,
  };
}

/** The engine with so many pools, as the rows about deployments name their regions. */
export function engineOf(pools: number, settings: KafkaSettings = {}): Engine {
  const regions = Array.from({ length: pools }, (_, index) => `region-${index}`);
  return onKafka({ queue: QUEUE, regions, settings });
}

/** The driver as it comes: one record in a topic, acknowledged by all replicas, until the one who reads it has it. */
function bellOn(url: string): Bell {
  const kafka = client(url);
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: BARE_TOPIC });
  return {
    connect: () => producer.connect(),
    listen: async (hear) => {
      await consumer.connect();
      await consumer.subscribe({ topics: [BARE_TOPIC], fromBeginning: true });
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.run({
        eachMessage: async ({ message }) => hear(String(message.value)),
      });
      await joined;
    },
    ring: async (id) => {
      await producer.send({ topic: BARE_TOPIC, messages: [{ value: id }], acks: -1 });
    },
    close: async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
    },
  };
}
