import type { EvenmatchError } from "@evenmatch/core";
import { freshTopics, kafkaClient, type FreshTopics } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { CompressionCodecs, CompressionTypes } from "kafkajs";
import { describe, expect, it, onTestFinished } from "vitest";
import { ensureTopics, type EnsuredTopic, type EnsureTopicsOptions } from "../../src/index.js";
import { changed } from "../clients.js";
import { fault } from "../faults/row.js";

const kafka = kafkaClient(sharedKafka());

function ensure(topics: FreshTopics, options: EnsureTopicsOptions = {}): Promise<EnsuredTopic[]> {
  const { prefix } = topics;
  return ensureTopics(kafka, { prefix, events: `${prefix}-events`, ...options });
}

/** What is said of topics that are not as they have to be. */
async function refusal(topics: FreshTopics, options: EnsureTopicsOptions = {}): Promise<EvenmatchError> {
  return ensure(topics, options).then(
    () => expect.fail("it was content"),
    (error: unknown) => error as EvenmatchError,
  );
}

function unknownTopic(): Error {
  return Object.assign(new Error("no such topic"), { type: "UNKNOWN_TOPIC_OR_PARTITION" });
}

describe("ensureTopics", () => {
  it("makes what is missing, and is content with what it made", async () => {
    await using topics = freshTopics(sharedKafka());
    const made = await ensure(topics, { queues: ["duel"], partitions: 3 });
    const { prefix } = topics;
    expect(made).toEqual([
      { topic: `${prefix}.duel`, partitions: 3, made: true },
      { topic: `${prefix}.duel.log`, partitions: 3, made: true },
      { topic: `${prefix}-answers`, partitions: 6, made: true },
      { topic: `${prefix}-events`, partitions: 3, made: true },
      { topic: `${prefix}-events.dead`, partitions: 1, made: true },
    ]);
    const again = await ensure(topics, { queues: ["duel"], partitions: 3, create: false });
    expect(again).toEqual(made.map((one) => ({ ...one, made: false })));
  });

  it("may be called by every process at its start", async () => {
    await using topics = freshTopics(sharedKafka());
    const all = await Promise.all([1, 2, 3, 4].map(() => ensure(topics, { queues: ["duel"] })));
    for (const one of all) expect(one.map(({ partitions }) => partitions)).toEqual([6, 6, 6, 6, 1]);
  });

  it("asks again where the broker that it asks has not heard yet of what was just made", async () => {
    await using topics = freshTopics(sharedKafka());
    let refused = 0;
    const behind = changed(kafka, {
      admin: ({ describeConfigs }) => ({
        describeConfigs: (what) => (refused++ < 2 ? Promise.reject(unknownTopic()) : describeConfigs(what)),
      }),
    });
    const made = await ensureTopics(behind, { prefix: topics.prefix, queues: ["duel"], events: false });
    expect(made.map((one) => one.made)).toEqual([true, true, true]);
    expect(refused).toBe(3);
  });

  it("asks for no more replicas of what it has made where brokers come meanwhile", async () => {
    await using topics = freshTopics(sharedKafka());
    let asked = 0;
    const growing = changed(kafka, {
      admin: ({ describeCluster, describeConfigs }) => ({
        describeConfigs: (what) => (asked === 1 ? Promise.reject(unknownTopic()) : describeConfigs(what)),
        describeCluster: async () => {
          const { brokers, ...cluster } = await describeCluster();
          return { ...cluster, brokers: asked++ === 0 ? brokers : [...brokers, ...brokers, ...brokers] };
        },
      }),
    });
    const made = await ensureTopics(growing, { prefix: topics.prefix, queues: ["duel"], events: false });
    expect(made.map((one) => one.made)).toEqual([true, true, true]);
    expect(asked).toBe(2);
  });

  it("makes the log of a queue like its requests, and the other way round", async () => {
    await using topics = freshTopics(sharedKafka());
    await topics.create("duel", { partitions: 4, config: { "retention.ms": -1 } });
    await topics.create("duo.log", {
      partitions: 2,
      config: { "cleanup.policy": "compact", "segment.bytes": 1_000_000, "segment.ms": 1_000 },
    });
    const made = await ensure(topics, { queues: ["duel", "duo"], events: false });
    expect(made.map(({ partitions }) => partitions)).toEqual([4, 4, 2, 2, 6]);
  });

  fault("topics have other settings than they need", async (row) => {
    await using topics = freshTopics(sharedKafka());
    const { prefix } = topics;
    const requests = await topics.create("duel", { partitions: 2, config: { "retention.ms": 1_000 } });
    const log = await topics.create("duel.log", {
      partitions: 3,
      config: { "cleanup.policy": "compact,delete", "segment.bytes": 2 ** 30, "compression.type": "lz4" },
    });
    const error = await refusal(topics, { queues: ["duel"], partitions: 2, events: false });
    expect([error.code, error.retryable]).toEqual([row.code, row.retryable]);
    expect(error.message).toContain(`retention.ms of ${requests} is at least 3600000`);
    expect(error.message).toContain(`${log} has 2 partitions`);
    expect(error.message).toContain(`cleanup.policy of ${log} is compact`);
    expect(error.message).toContain(`segment.bytes of ${log} is at most 67108864`);
    expect(error.message).toContain(`compression.type of ${log} is one that kafkajs reads`);
    expect(error.message).toContain(`${requests} and ${log} have the same number of partitions`);
    expect(error.received).toEqual(
      expect.arrayContaining(["1000", "3", "compact,delete", `${2 ** 30}`, "2 and 3"]),
    );
    expect(error.message).not.toContain(`${prefix}-answers`);
  });

  it("takes topics that are compressed by what the application gave kafkajs a codec for", async () => {
    const small = { "cleanup.policy": "compact", "segment.bytes": 1_000_000, "segment.ms": 1_000 };
    const never = (): never => expect.fail("nothing is read here");
    const { [CompressionTypes.ZSTD]: missing } = CompressionCodecs;
    CompressionCodecs[CompressionTypes.ZSTD] = () => ({ compress: never, decompress: never });
    onTestFinished(() => void (CompressionCodecs[CompressionTypes.ZSTD] = missing));
    await using topics = freshTopics(sharedKafka());
    for (const type of ["zstd", "gzip", "uncompressed"])
      await topics.create(`${type}.log`, {
        config: { ...small, "compression.type": type },
      });
    const made = await ensure(topics, { queues: ["zstd", "gzip", "uncompressed"], events: false });
    expect(made.filter((one) => one.made)).toHaveLength(4);
  });

  fault("a topic has fewer replicas than are asked for, or there are fewer brokers", async (row) => {
    await using topics = freshTopics(sharedKafka());
    const many = await refusal(topics, { replicas: 3 });
    expect([many.code, many.retryable]).toEqual([row.code, row.retryable]);
    expect(many.message).toContain("there are as many brokers as a topic has replicas");
    await ensure(topics);
    const { code, message } = await refusal(topics, { replicas: 3 });
    expect(code).toBe(row.code);
    expect(message).toContain(`${topics.prefix}-events has at least 3 replicas`);
    expect(message).toContain(`min.insync.replicas of ${topics.prefix}-events is at least 2`);
  });

  fault("topics are missing, and `create` is `false`", async (row) => {
    await using topics = freshTopics(sharedKafka());
    const { prefix } = topics;
    const error = await refusal(topics, { create: false });
    expect([error.code, error.retryable]).toEqual([row.code, row.retryable]);
    expect(error.received).toBe(`no ${prefix}-events, ${prefix}-events.dead`);
    expect(await ensure(topics)).toMatchObject([{ made: true }, { made: true }]);
  });

  it("refuses options that can mean nothing", async () => {
    const bad: EnsureTopicsOptions[] = [
      { prefix: "a b" },
      { events: "" },
      { queues: ["a.b"] },
      { partitions: 0 },
      { replicas: 1.5 },
    ];
    for (const options of bad)
      await expect(ensureTopics(kafka, options)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await expect(ensureTopics({} as never)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });
});
