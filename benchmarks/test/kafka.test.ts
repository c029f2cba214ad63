import { ensureTopics } from "@evenmatch/adapter-kafka";
import { freshTopics } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import type { Kafka } from "kafkajs";
import { describe, expect, it } from "vitest";
import { Players, QUEUE } from "../src/deployment/players.js";
import { REGIONS } from "../src/deployment/side.js";
import { Bare } from "../src/kafka/bare.js";
import { recording } from "../src/kafka/recording.js";
import { client } from "../src/kafka/server.js";
import { Side, topicsOf } from "../src/kafka/throughput.js";

describe("the reference on Kafka", () => {
  const server = sharedKafka();

  it("leaves the same records of matches behind as the adapter", async () => {
    await using topics = freshTopics(server);
    const [mine, bare] = [`${topics.prefix}.ours`, `${topics.prefix}.bare`];
    const kafka = client(server.brokers.join(","));
    for (const prefix of [mine, bare]) {
      const wanted = { prefix, queues: [QUEUE], partitions: REGIONS.length, events: topicsOf(prefix).events };
      await ensureTopics(kafka, wanted);
    }
    const players = new Players(4_811);
    const now = Date.now();
    const first = REGIONS.map((region) => players.ticket(region, now));
    const tickets = players.tickets(20, REGIONS[1]!, now);
    const matches = players.matches(tickets, now);

    const recorder = recording(kafka, topicsOf(mine));
    const side = await Side.open(recorder.client, mine, first);
    recorder.taken();
    await side.join(tickets);
    const joins = recorder.taken();
    await side.finish(matches);
    await side.heard();
    const rest = recorder.taken();
    await side.close();
    expect(joins.requests.flat()).not.toEqual([]);
    expect(joins.answers.flat()).not.toEqual([]);

    const reference = new Bare(kafka, bare, topicsOf(bare), REGIONS.length);
    await reference.open();
    await reference.join(1, joins);
    await reference.write(1, rest);
    await reference.close();

    const about = new Set([...tickets.map(({ id }) => id), ...matches.map(({ id }) => `match:${id}`)]);
    const [ofMine, ofBare] = [mine, bare].map((prefix) => topicsOf(prefix));
    const log = await newest(kafka, ofBare!.log, about);
    expect(log.size).toBe(about.size);
    expect(log).toEqual(await newest(kafka, ofMine!.log, about));
    const announced = new Set(matches.map(({ queue, region }) => `${queue}.${region}`));
    const events = await newest(kafka, ofBare!.events, announced);
    expect(events.size).toBe(1);
    expect(events).toEqual(await newest(kafka, ofMine!.events, announced));
  });
});

/** The newest record of each of these keys, by key; resolves when all of a topic is read. */
async function newest(kafka: Kafka, topic: string, keys: ReadonlySet<string>): Promise<Map<string, string>> {
  const admin = kafka.admin();
  await admin.connect();
  const ends = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const open = new Set(ends.filter(({ low, high }) => low !== high).map(({ partition }) => partition));
  const found = new Map<string, string>();
  if (open.size === 0) return found;
  const consumer = kafka.consumer({ groupId: `${topic}-newest`, maxWaitTimeInMs: 250 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        eachBatch: ({ batch }) => {
          for (const { key, value } of batch.messages)
            if (keys.has(String(key))) found.set(String(key), String(value));
          const end = ends.find(({ partition }) => partition === batch.partition)!;
          if (BigInt(batch.lastOffset()) + 1n >= BigInt(end.high)) open.delete(batch.partition);
          if (open.size === 0) resolve();
          return Promise.resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  return found;
}
