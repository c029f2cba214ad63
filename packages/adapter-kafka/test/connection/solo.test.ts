import { systemClock } from "@evenmatch/core";
import { freshTopics, kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { describe, expect, it, vi } from "vitest";
import { Solo, type SoloOptions } from "../../src/connection/solo.js";
import { changed } from "../clients.js";

const clock = systemClock();
const kafka = kafkaClient(sharedKafka());

/** Writes texts to a partition, one record each. */
async function write(topic: string, partition: number, texts: readonly string[]): Promise<void> {
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: texts.map((value) => ({ value, partition })) });
  await producer.disconnect();
}

describe("a reader of its own", () => {
  async function open(
    topic: string,
    options: Partial<SoloOptions> = {},
  ): Promise<{ heard: string[]; solo: Solo; group: string }> {
    const heard: string[] = [];
    const group = `${topic}-solo`;
    const solo = await Solo.open({
      kafka,
      topic,
      group,
      clock,
      timeoutMs: 10_000,
      onRecords: (records, partition) =>
        void heard.push(...records.map(({ value }) => `${partition}:${String(value)}`)),
      onFailure: () => {},
      ...options,
    });
    return { heard, solo, group };
  }

  it("hears what is written to its partition from when it is open, and leaves no group behind", async () => {
    await using topics = freshTopics(sharedKafka());
    const topic = await topics.create("answers", { partitions: 3 });
    await write(topic, 1, ["early"]);
    const deleted: string[] = [];
    const noting = changed(kafka, {
      admin: (admin) => ({
        deleteGroups(groups) {
          deleted.push(...groups);
          return admin.deleteGroups(groups);
        },
      }),
    });
    const { heard, solo, group } = await open(topic, { kafka: noting, partition: (count) => count - 2 });
    await Promise.all([write(topic, 1, ["a", "b"]), write(topic, 0, ["other"])]);
    await vi.waitUntil(() => heard.length >= 2, { timeout: 20_000 });
    await write(topic, 1, ["c"]);
    await vi.waitUntil(() => heard.length >= 3, { timeout: 20_000 });
    await solo.close();
    await write(topic, 1, ["late"]);
    expect([solo.partition, heard]).toEqual([1, ["1:a", "1:b", "1:c"]]);
    // Who closes does not wait for brokers that take their time.
    await expect.poll(() => deleted).toContain(group);
  });

  it("reads all partitions where it is not told which", async () => {
    await using topics = freshTopics(sharedKafka());
    const topic = await topics.create("events", { partitions: 3 });
    const { heard, solo } = await open(topic);
    await using _ = solo;
    for (const partition of [0, 1, 2]) await write(topic, partition, ["x"]);
    await vi.waitUntil(() => heard.length >= 3, { timeout: 20_000 });
    expect(heard.sort()).toEqual(["0:x", "1:x", "2:x"]);
  });

  it("says that records are gone which were deleted before it read them", async () => {
    await using topics = freshTopics(sharedKafka());
    const topic = await topics.create("events");
    let isStuck = true;
    const gaps: number[] = [];
    const { heard, solo } = await open(topic, {
      onGap: (partition) => void gaps.push(partition),
      async onRecords(records) {
        heard.push(...records.map(({ value }) => String(value)));
        await vi.waitUntil(() => !isStuck, { timeout: 20_000 });
      },
    });
    await using _ = solo;
    await write(topic, 0, ["a"]);
    await vi.waitUntil(() => heard.length > 0, { timeout: 20_000 });
    await write(topic, 0, ["b", "c"]);
    const admin = kafka.admin();
    await admin.connect();
    // It deletes only of topics that it has met.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "2" }] });
    await admin.disconnect();
    isStuck = false;
    await vi.waitUntil(() => heard.length >= 2, { timeout: 20_000 });
    expect([heard, gaps]).toEqual([["a", "c"], [0]]);
  });

  it("says at once that its topic is missing", async () => {
    await using topics = freshTopics(sharedKafka());
    await expect(open(`${topics.prefix}.nowhere`)).rejects.toMatchObject({
      code: "STORE_MISCONFIGURED",
      retryable: false,
    });
  });
});
