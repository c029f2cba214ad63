import { systemClock } from "@evenmatch/core";
import { freshTopics, kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { CompressionCodecs, CompressionTypes, logLevel, type Kafka, type Producer } from "kafkajs";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { LogEntryLike } from "../../src/index.js";
import { OWNER } from "../../src/connection/settings.js";
import { Writer } from "../../src/connection/writer.js";

/** A topic of one partition, and producers of one transactional id, as two owners of a partition are. */
async function owners(): Promise<{ topic: string; owner: (kafka?: Kafka) => Promise<Producer> }> {
  const topics = freshTopics(sharedKafka());
  const topic = await topics.create("log");
  const producers: Producer[] = [];
  onTestFinished(async () => {
    await Promise.all(producers.map((producer) => producer.disconnect()));
    await topics[Symbol.asyncDispose]();
  });
  const owner = async (kafka = kafkaClient(sharedKafka())): Promise<Producer> => {
    const producer = kafka.producer({ ...OWNER, transactionalId: topic });
    producers.push(producer);
    await producer.connect();
    return producer;
  };
  return { topic, owner };
}

const RECORD = { value: "x", partition: 0 };

// What docs/kafkajs.md says of the driver, so that it is noticed when a release of it does otherwise.
describe("kafkajs", () => {
  it("takes five requests for a transaction, two of which look for the coordinator", async () => {
    const { topic, owner } = await owners();
    const producer = await owner();
    const transact = async (): Promise<void> => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [RECORD] });
      await transaction.commit();
    };
    await transact();
    const asked: string[] = [];
    producer.on("producer.network.request", ({ payload }) => void asked.push(payload.apiName));
    await transact();
    const added = "GroupCoordinator AddPartitionsToTxn";
    // Where the markers of the transaction before are still to be written, it is told to come again.
    expect(asked.join(" ").replaceAll(`${added} Metadata `, "")).toBe(
      `${added} Produce GroupCoordinator EndTxn`,
    );
  });

  it("resolves the commit of a transaction in which nothing could be sent, as by one who was fenced", async () => {
    const { topic, owner } = await owners();
    const [first, second] = [await owner(), await owner()];
    const transaction = await first.transaction();
    await second.transaction();
    await expect(transaction.send({ topic, messages: [RECORD] })).rejects.toThrow();
    await expect(transaction.commit()).resolves.toBeUndefined();
  });

  it("begins no other transaction after a commit that failed", async () => {
    const { topic, owner } = await owners();
    const [first, second] = [await owner(), await owner()];
    const transaction = await first.transaction();
    await transaction.send({ topic, messages: [RECORD] });
    await second.transaction();
    await expect(transaction.commit()).rejects.toThrow();
    await expect(first.transaction()).rejects.toThrow("COMMITTING");
    await expect(transaction.abort()).rejects.toThrow();
  });

  it("asks for a producer's epoch with pauses of its own, whatever it was told of retries", async () => {
    const { topic, owner } = await owners();
    const pauses: number[] = [];
    const loud = kafkaClient(sharedKafka(), {
      logLevel: logLevel.DEBUG,
      retry: { initialRetryTime: 1 },
      logCreator: () => (entry: LogEntryLike) => {
        const { message, retryTime } = entry.log as { message: string; retryTime?: number };
        if (message.startsWith("There is an ongoing transaction")) pauses.push(retryTime ?? 0);
      },
    });
    const [first, second] = [await owner(), await owner(loud)];
    const transaction = await first.transaction();
    await transaction.send({ topic, messages: [RECORD] });
    await second.transaction();
    // 300 ms in production; 50 where NODE_ENV is test.
    expect(Math.min(...pauses)).toBeGreaterThan(20 * OWNER.retry.initialRetryTime);
  });

  it("leaves out records for a partition that it does not know of, and says nothing", async () => {
    const { topic } = await owners();
    const producer = kafkaClient(sharedKafka()).producer();
    onTestFinished(() => producer.disconnect());
    await producer.connect();
    expect(await producer.send({ topic, messages: [{ value: "x", partition: 1 }] })).toEqual([]);
    const writer = new Writer(kafkaClient(sharedKafka()), { clock: systemClock(), timeoutMs: 10_000 });
    onTestFinished(() => writer.close());
    const write = (...partitions: number[]): Promise<void> =>
      writer.send([{ topic, messages: partitions.map((partition) => ({ value: "x", partition })) }]);
    await expect(write(0, 1)).rejects.toMatchObject({ code: "STORE_UNAVAILABLE", retryable: true });
    await write(0, 0);
  });

  it("has gzip and no other compression", () => {
    const codecs = CompressionCodecs as Readonly<Record<number, () => unknown>>;
    expect(codecs[CompressionTypes.GZIP]).not.toThrow();
    for (const type of [CompressionTypes.Snappy, CompressionTypes.LZ4, CompressionTypes.ZSTD])
      expect(codecs[type]).toThrow("not implemented");
  });

  it("cannot read a topic whose broker compresses otherwise", async () => {
    const topics = freshTopics(sharedKafka());
    const kafka = kafkaClient(sharedKafka());
    const topic = await topics.create("lz4", { config: { "compression.type": "lz4" } });
    const producer = kafka.producer();
    const consumer = kafka.consumer({ groupId: `${topic}-readers` });
    onTestFinished(async () => {
      await Promise.all([producer.disconnect(), consumer.disconnect()]);
      await topics[Symbol.asyncDispose]();
    });
    await producer.connect();
    await producer.send({ topic, messages: [{ value: "x" }] });
    const crashes: string[] = [];
    consumer.on("consumer.crash", ({ payload }) => void crashes.push(payload.error.message));
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({ eachMessage: () => Promise.resolve() });
    await vi.waitUntil(() => crashes.includes("LZ4 compression not implemented"), { timeout: 20_000 });
  });
});
