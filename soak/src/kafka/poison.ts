import { kafkaClient, type Brokers } from "@evenmatch/services";
import type { Rng } from "@evenmatch/testkit";

/** What somebody else may write into a topic of requests, by mistake. */
const POISONS: readonly (Buffer | string | null)[] = [
  null,
  "",
  "hello",
  "{",
  "null",
  "[]",
  "0",
  '{"v":1}',
  '{"v":99,"from":{"id":"x","partition":0},"items":[]}',
  '{"v":1,"from":{"id":"x","partition":0},"items":[[1,{"type":"dance"}]]}',
  '{"v":1,"from":{"id":"x","partition":0},"items":[[1,{"type":"request","at":1,"request":{"type":"join"}}]]}',
  '{"v":1,"from":{"id":"x","partition":0},"items":[[1,{"type":"request","at":1,"request":{"type":"leave","ticketId":"no.such.ticket"}}]]}',
  '{"v":1,"from":{"id":"x","partition":99},"items":[[1,{"type":"read","query":{"type":"ticket","ticketId":"no.such.ticket"}}]]}',
  Buffer.from([0xff, 0xfe, 0x00, 0x80, 0xc3]),
  "x".repeat(100_000),
];

/** How many of them are written at once. */
const DOSE = 25;

/** Writes what nobody can read into topics of requests, to any partition, in between of what is meant. */
export async function poison(
  server: Brokers,
  topics: readonly string[],
  partitions: number,
  rng: Rng,
): Promise<void> {
  const producer = kafkaClient(server).producer({ allowAutoTopicCreation: false });
  try {
    await producer.connect();
    const one = (): { key: string | null; value: Buffer | string | null; partition: number } => ({
      key: rng.chance(0.5) ? null : "nobody",
      value: rng.pick(POISONS),
      partition: rng.int(0, partitions - 1),
    });
    const topicMessages = Array.from({ length: DOSE }, () => ({
      topic: rng.pick(topics),
      messages: [one()],
    }));
    await producer.sendBatch({ topicMessages, acks: -1 });
  } finally {
    await producer.disconnect();
  }
}
