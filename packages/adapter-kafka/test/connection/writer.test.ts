import { ManualClock } from "@evenmatch/testkit";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import type {
  KafkaLike,
  ProducerLike,
  ProducerSettings,
  RecordToSend,
  Sent,
} from "../../src/connection/driver.js";
import { Writer } from "../../src/connection/writer.js";

const load = createRequire(import.meta.url);
const makeSending = load("kafkajs/src/producer/sendMessages.js") as (
  parts: object,
) => (what: object) => Promise<Sent[]>;
const makeRetrier = load("kafkajs/src/retry/index.js") as (settings: object) => unknown;
const { KafkaJSConnectionClosedError } = load("kafkajs/src/errors.js") as {
  KafkaJSConnectionClosedError: new (message: string, of: object) => Error;
};

const TOPIC = "events";

interface Produced {
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number;
      readonly messages: readonly RecordToSend[];
    }[];
  }[];
}

/**
 * Two brokers that lead one partition each, and the driver's own way of sending to them. The first dies with what it is
 * sent, and the second leads both from then on.
 */
function dyingBroker() {
  const written: string[] = [];
  let leaders = [1, 2];
  const quiet = { debug: () => {}, error: () => {} };
  const brokers = [1, 2].map((nodeId) => ({
    nodeId,
    produce: ({ topicData }: Produced) => {
      if (nodeId === 1 && leaders.includes(1)) {
        leaders = [2, 2];
        return Promise.reject(new KafkaJSConnectionClosedError("it is gone", { host: "b1", port: 1 }));
      }
      const topics = topicData.map(({ topic, partitions }) => ({
        topicName: topic,
        partitions: partitions.map(({ partition, messages }) => {
          for (const { value } of messages) written.push(`${partition} ${String(value)}`);
          return { partition, errorCode: 0, baseOffset: "0" };
        }),
      }));
      return Promise.resolve({ topics });
    },
  }));
  const metadata = () => leaders.map((leader, partitionId) => ({ partitionId, leader }));
  const cluster = {
    addMultipleTargetTopics: () => {},
    refreshMetadataIfNecessary: () => {},
    refreshMetadata: () => {},
    removeBroker: () => {},
    isConnected: () => true,
    findTopicPartitionMetadata: metadata,
    findLeaderForPartitions: (_: string, partitions: readonly string[]) => {
      const byLeader: Record<number, number[]> = {};
      for (const partition of partitions.map(Number)) (byLeader[leaders[partition]!] ??= []).push(partition);
      return byLeader;
    },
    findBroker: ({ nodeId }: { nodeId: string }) =>
      brokers.find((broker) => broker.nodeId === Number(nodeId)),
  };
  const eosManager = {
    acquireBrokerLock: () => {},
    releaseBrokerLock: () => {},
    isTransactional: () => false,
    getProducerId: () => -1,
    getProducerEpoch: () => 0,
    getSequence: () => 0,
    updateSequence: () => {},
  };
  const producer = ({ createPartitioner }: ProducerSettings = {}): ProducerLike => {
    const sendMessages = makeSending({
      logger: quiet,
      cluster,
      partitioner: createPartitioner!(),
      eosManager,
      retrier: makeRetrier({ initialRetryTime: 1, retries: 3 }),
    });
    return {
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      sendBatch: (batch: object) => sendMessages(batch),
    } as unknown as ProducerLike;
  };
  return { written, kafka: { producer } as unknown as KafkaLike };
}

/** Records of which some lie on each of two partitions. */
const messages = Array.from({ length: 8 }, (_, index) => ({ key: `pool ${index}`, value: `v${index}` }));

describe("a leader that dies with a part of a write", () => {
  it("is taken by kafkajs for one that has it, where the next leader has answered for another part", async () => {
    const { kafka, written } = dyingBroker();
    const partition = ({ message }: { message: RecordToSend }): number =>
      Number(String(message.value).slice(1)) % 2;
    const producer = kafka.producer({ createPartitioner: () => partition });
    await producer.sendBatch({ topicMessages: [{ topic: TOPIC, messages }] });
    expect(written).toEqual(["1 v1", "1 v3", "1 v5", "1 v7"]);
  });

  it.each([
    ["with keys", messages],
    ["without keys", messages.map(({ value }) => ({ key: null, value }))],
    ["that name their partitions", messages.map((message, index) => ({ ...message, partition: index % 2 }))],
  ])("fails the write of records %s, and who writes it again has it all", async (_, records) => {
    const { kafka, written } = dyingBroker();
    const writer = new Writer(kafka, { clock: new ManualClock(), timeoutMs: 10_000 });
    const write = () => writer.send([{ topic: TOPIC, messages: records }]);
    await expect(write()).rejects.toMatchObject({ retryable: true });
    expect(written.length).toBeLessThan(messages.length);
    await write();
    expect(new Set(written.map((line) => line.split(" ")[1])).size).toBe(messages.length);
  });
});
