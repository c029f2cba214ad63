import type { Kafka } from "kafkajs";
import { transactional } from "./transactional.js";

/** How many at once, and how many transactions of each. */
const WRITERS = 4;
const TURNS = 2_000;
/** Records of a transaction. */
const RECORDS = 20;
const BYTES = 200;

/**
 * Has a new broker do for some 20 s what rows have it do, so that its Java is compiled: it takes 14 ms of its processor
 * for each of the first hundreds of transactions and 2 to 3 ms from about the third thousandth on. A broker in use has all of
 * that behind it.
 */
export async function warmUp(kafka: Kafka, topic: string): Promise<void> {
  const reader = kafka.consumer({ groupId: "warm-up", maxWaitTimeInMs: 250 });
  await reader.connect();
  await reader.subscribe({ topics: [topic] });
  await reader.run({ eachBatch: () => Promise.resolve() });
  await Promise.all(Array.from({ length: WRITERS }, (_, index) => write(kafka, topic, `warm-up-${index}`)));
  await reader.disconnect();
}

async function write(kafka: Kafka, topic: string, transactionalId: string): Promise<void> {
  const producer = transactional(kafka, transactionalId);
  const value = Buffer.alloc(BYTES, "x");
  const messages = Array.from({ length: RECORDS }, (_, index) => ({ key: String(index), value }));
  await producer.connect();
  for (let turn = 0; turn < TURNS; turn++) {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages });
    await transaction.commit();
  }
  await producer.disconnect();
}
