import { MemoryMatchStore } from "@evenmatch/core";
import { kafkaEventBus, kafkaTicketStore } from "@evenmatch/adapter-kafka";
import { Kafka, logLevel } from "kafkajs";
import type { OpenPorts } from "../server/serve.js";
import { KEPT } from "../server/settings.js";

/** What a server process needs to reach Kafka. */
export interface KafkaSettings {
  readonly name: string;
  /** By way of the proxies of this process. */
  readonly brokers: readonly string[];
}

/** Regions of the callers: each has a partition of its own, and so an owner that may be another one's. */
export const REGIONS = ["eu", "na", "asia"] as const;

/** Tickets and events on one client, as an application has them. There is no store of matches on Kafka. */
export async function openPorts(given: unknown): Promise<OpenPorts> {
  const { name, brokers } = given as KafkaSettings;
  // Whoever calls is told; the driver prints each try that fails. So long a connection may be silent, as the guide has it.
  const kafka = new Kafka({
    clientId: name,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    requestTimeout: 10_000,
  });
  const tickets = kafkaTicketStore(kafka, { ...KEPT, regions: REGIONS });
  const events = kafkaEventBus(kafka, { onError: () => {} });
  return Promise.resolve({
    tickets,
    matches: new MemoryMatchStore(),
    events,
    close: async () => {
      await Promise.all([tickets.close(), events.close()]);
    },
  });
}
