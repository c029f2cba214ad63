import type { Kafka } from "kafkajs";
import { BARE_TOPIC } from "./server.js";
import { transactional } from "./transactional.js";

/** What is known of kafkajs: records a second in batches of a thousand, and transactions a second of one producer. */
export const PRODUCED = 117_000;
export const TRANSACTIONS = 340;

const BATCH = 1_000;
const WARM = 20;
const BATCHES = 100;
const TURNS = 300;
const BYTES = 100;

/** How many records a second the driver produces alone, in batches of a thousand, one after the other. */
export async function producedPerSecond(kafka: Kafka): Promise<number> {
  const producer = kafka.producer();
  await producer.connect();
  const value = Buffer.alloc(BYTES, "x");
  const messages = Array.from({ length: BATCH }, (_, index) => ({ key: String(index), value }));
  const send = async (): Promise<void> => {
    await producer.send({ topic: BARE_TOPIC, messages, acks: -1 });
  };
  const rate = await perSecond(send);
  await producer.disconnect();
  return BATCH * rate;
}

/** How many transactions a second one producer of the driver commits, each of one record, one after the other. */
export async function transactionsPerSecond(kafka: Kafka): Promise<number> {
  const producer = transactional(kafka, BARE_TOPIC);
  await producer.connect();
  const rate = await perSecond(async () => {
    const transaction = await producer.transaction();
    await transaction.send({ topic: BARE_TOPIC, messages: [{ value: "x" }] });
    await transaction.commit();
  }, TURNS);
  await producer.disconnect();
  return rate;
}

async function perSecond(work: () => Promise<void>, turns = BATCHES): Promise<number> {
  for (let turn = 0; turn < WARM; turn++) await work();
  const started = performance.now();
  for (let turn = 0; turn < turns; turn++) await work();
  return (1_000 * turns) / (performance.now() - started);
}
