import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  consoleConsumer,
  freshTopics,
  kafkaClient,
  startKafkaCluster,
  type KafkaCluster,
} from "@evenmatch/services";

describe("a cluster of three brokers", () => {
  let cluster: KafkaCluster;
  beforeAll(async () => {
    cluster = await startKafkaCluster({ proxies: 1 });
  });
  afterAll(() => cluster.stop());

  test("is reached through proxies, and tells of no other way", async () => {
    const admin = kafkaClient({ brokers: cluster.brokersThrough() }).admin();
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    await admin.disconnect();
    const ports = cluster.nodes.map((node) => node.proxies[0]!.port);
    expect(brokers.map(({ port }) => port).sort()).toEqual(ports.sort());
  });

  test("loses one and takes every write, also those that wait for all, and loses none; then it is whole again", async () => {
    const topics = freshTopics(cluster);
    const topic = await topics.create("log");
    const producer = kafkaClient(cluster).producer({
      transactionalId: `${topics.prefix}.owner`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const written: string[] = [];
    const write = async (value: string) => {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ value }], acks: -1 });
      await transaction.commit();
      written.push(value);
    };
    try {
      await write("with three");
      const lost = await cluster.leaderOf(topic);
      await lost.kill();
      await write("with two");
      // Not every broker has heard of it at once.
      await expect.poll(() => cluster.leaderOf(topic)).not.toBe(lost);
      await cluster.ready();
      await lost.start();
      await cluster.ready();
      await write("with three again");
    } finally {
      await producer.disconnect();
    }
    const running = cluster.nodes.find(({ pid }) => pid !== undefined)!;
    const records = await consoleConsumer(running, topic, { count: 3 });
    expect(records.map(({ value }) => value)).toEqual(written);
  });

  test("has a leader for what all transactions and all groups need", async () => {
    expect(cluster.nodes).toContain(await cluster.leaderOf("__transaction_state"));
    expect(cluster.nodes).toContain(await cluster.leaderOf("__consumer_offsets"));
    await expect(cluster.leaderOf("misspelt")).rejects.toThrow();
  });
});
