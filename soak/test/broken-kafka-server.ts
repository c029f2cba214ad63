import type { Match, TicketStore } from "@evenmatch/core";
import { Kafka, logLevel } from "kafkajs";
import { openPorts, REGIONS, type KafkaSettings } from "../src/kafka/ports.js";
import { serve } from "../src/server/serve.js";
import { breakages, through, type Breakage } from "./broken.js";

/** How a server process on Kafka is broken. */
export type BrokenOnKafka = Breakage | "writes unfenced";

/** A server process on Kafka whose store is broken in one way. */
await serve(async (given) => {
  const settings = given as KafkaSettings & { readonly broken: BrokenOnKafka };
  const ports = await openPorts(settings);
  const { broken } = settings;
  if (broken !== "writes unfenced") return { ...ports, tickets: breakages[broken](ports.tickets) };
  const producer = new Kafka({
    brokers: [...settings.brokers],
    logLevel: logLevel.NOTHING,
  }).producer();
  await producer.connect();
  const write = async (match: Match): Promise<void> => {
    const value = JSON.stringify({ v: 1, type: "match", state: "delivered", answers: [], claimed: 1, match });
    const partition = REGIONS.findIndex((one) => one === match.region);
    await producer.send({
      topic: `match.${match.queue}.log`,
      messages: [{ partition, key: `match:${match.id}`, value }],
    });
  };
  return {
    ...ports,
    tickets: writesUnfenced(ports.tickets, write),
    close: async () => {
      await producer.disconnect();
      await ports.close();
    },
  };
});

/** What an owner does that nobody has fenced: its match of the same tickets is in the log, beside that of another. */
function writesUnfenced(store: TicketStore, write: (match: Match) => Promise<void>): TicketStore {
  let count = 0;
  return {
    ...through(store),
    decide: async (lease, decisions, options) => {
      const outcomes = await store.decide(lease, decisions, options);
      for (const [index, decision] of decisions.entries()) {
        if (decision.type !== "claim" || outcomes[index]?.type !== "claimed" || count++ % 20 !== 0) continue;
        await write(anew(decision.match));
      }
      return outcomes;
    },
  };
}

/** The same match under another id. */
function anew(match: Match): Match {
  const last = match.id.endsWith("0") ? "1" : "0";
  return { ...match, id: match.id.slice(0, -1) + last };
}
