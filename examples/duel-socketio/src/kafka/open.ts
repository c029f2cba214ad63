import { ensureTopics, kafkaEventBus, kafkaTicketStore } from "@evenmatch/adapter-kafka";
import { KEEP_ALL, type Config } from "../config.js";
import type { Tables } from "../database/open.js";
import { queueNames } from "../queues.js";
import type { SharedStores } from "../shared/stores.js";
import { clientOf } from "./client.js";
import { eventsTopic, placedRegions } from "./names.js";
import { WhoWaits } from "./waiting.js";

/**
 * Tickets and events on Kafka, and all else in tables, which close with this: makes what topics are missing, and checks
 * those that are there. Any number of processes may do so at once.
 */
export async function openKafka(
  { name, kafkaPrefix: prefix, showFinalState }: Config,
  brokers: readonly string[],
  tables: Tables,
): Promise<SharedStores> {
  const kafka = clientOf(brokers, name);
  const topic = eventsTopic(prefix);
  await ensureTopics(kafka, { prefix, queues: queueNames, events: topic });
  const kept = showFinalState ? { retainMs: KEEP_ALL, dedupeMs: KEEP_ALL } : {};
  const onProblem = (error: Error): void => console.error(error);
  const tickets = kafkaTicketStore(kafka, { prefix, regions: placedRegions, onProblem, ...kept });
  const events = kafkaEventBus(kafka, { topic, onError: onProblem });
  const board = new WhoWaits(kafka, prefix);
  return {
    ...tables,
    ports: { tickets, matches: tables.matches, events },
    waiting: () => board.now(),
    async close() {
      await Promise.all([tickets.close(), events.close(), board.close()]);
      await tables.close();
    },
  };
}
