import { sharedKafka } from "@evenmatch/services/vitest";
import { ManualClock } from "@evenmatch/testkit";
import type { Consumer } from "kafkajs";
import { expect, vi } from "vitest";
import { stickyAssigner } from "../../src/connection/assigner.js";
import { WORKER } from "../../src/connection/settings.js";
import { ensureTopics, kafkaEventBus } from "../../src/index.js";
import { atOnce, fault, refused, works, worksAgain } from "./row.js";
import { aTicket, join, NOON, World } from "./world.js";

/** Somebody else's consumer, with an assigner of the driver. */
async function stranger(world: World, groupId: string, topic: string): Promise<Consumer> {
  const consumer = world.kafka.consumer({ groupId });
  let isMember = false;
  consumer.on("consumer.group_join", () => (isMember = true));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({ eachMessage: () => Promise.resolve() });
  await vi.waitUntil(() => isMember, { timeout: 20_000 });
  return consumer;
}

fault("a consumer of somebody else is in a group of ours", async (row) => {
  await using world = await World.open(sharedKafka());
  const { names, events } = world;
  const strangers = await Promise.all([
    stranger(world, names.workers("solo"), events),
    stranger(world, `${events}-g`, names.answers),
  ]);
  const { run, share, ...others } = world.calls(world.kafka, { timeoutMs: 10_000 });
  await atOnce({ run: run!, share: share! }, (one) => refused(row, one));
  await atOnce(others, works);
  await Promise.all(strangers.map((one) => one.disconnect()));
  await atOnce({ run: run!, share: share! }, worksAgain);
});

fault("a worker of the same queue takes its time to join again", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const { names, kafka } = world;
  const [groupId, topics] = [names.workers("solo"), [names.requests("solo"), names.log("solo")]];
  const partitionAssigners = [stickyAssigner(topics, () => [0])];
  const slow = kafka.consumer({ ...WORKER, sessionTimeout: 30_000, groupId, partitionAssigners });
  let isBusy = false;
  let goOn = (): void => {};
  const busy = new Promise<void>((resolve) => (goOn = resolve));
  await slow.connect();
  await slow.subscribe({ topics, fromBeginning: true });
  await slow.run({
    eachBatch: () => {
      isBusy = true;
      return busy;
    },
  });
  await world.write(names.log("solo"), [{ key: "x", value: null }]);
  await vi.waitUntil(() => isBusy, { timeout: 20_000 });

  const clock = new ManualClock();
  const { over } = world.run(world.store({ clock, timeoutMs: 1_500 }), "solo");
  let refusal: unknown;
  over.catch((error: unknown) => (refusal = error));
  const stateOf = (): Promise<string | undefined> =>
    world.admin(async (admin) => (await admin.describeGroups([groupId])).groups[0]?.state);
  await vi.waitUntil(async () => (await stateOf()) === "PreparingRebalance", { timeout: 20_000 });
  await clock.advance(5_000);
  expect(refusal).toBeUndefined();
  goOn();
  await slow.disconnect();
  await vi.waitUntil(async () => (await stateOf()) === "Stable", { timeout: 20_000 });
  expect(refusal).toBeUndefined();
});

fault("two buses have the same group id, and other topics", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const { events, kafka } = world;
  await ensureTopics(kafka, { prefix: `${world.prefix}-x`, events: `${events}-x`, eventPartitions: 2 });
  const handle = (): void => {};
  await world.bus().subscribe(handle, { group: "x-y" });
  const other = kafkaEventBus(kafka, { topic: `${events}-x`, timeoutMs: 5_000, onError: () => {} });
  await refused(row, { share: () => other.subscribe(handle, { group: "y" }) });
  await works({ share: () => other.subscribe(handle, { group: "z" }) });
  await other.close();
});

fault("somebody else commits offsets for the group of the workers", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const { names } = world;
  const store = world.store();
  const first = world.run(store, "duel");
  const [one, other] = [aTicket(), aTicket()];
  await store.submit([join(one)], { now: NOON });
  await first.stop();
  const groupId = names.workers("duel");
  await world.admin((admin) => {
    const isEmpty = async (): Promise<boolean> =>
      (await admin.describeGroups([groupId])).groups.every(({ members }) => members.length === 0);
    return vi.waitUntil(isEmpty, { timeout: 20_000 });
  });
  const consumer = await stranger(world, groupId, names.answers);
  const ends = await world.admin((admin) =>
    Promise.all(
      [names.requests("duel"), names.log("duel")].map(async (topic) => {
        const [end] = await admin.fetchTopicOffsets(topic);
        return { topic, partition: 0, offset: end!.high };
      }),
    ),
  );
  await consumer.commitOffsets(ends);
  await consumer.disconnect();
  const second = world.run(world.store(), "duel");
  await vi.waitUntil(() => second.lease(), { timeout: 20_000 });
  const [gained] = second.heard;
  expect(gained?.type === "gained" && gained.waiting.map(({ ticket }) => ticket.id)).toEqual([one.id]);
  expect(await store.submit([join(one), join(other)], { now: NOON })).toMatchObject([
    { type: "same" },
    { type: "added" },
  ]);
});

fault("the topics take smaller records than somebody writes", async (row) => {
  await using world = await World.open(sharedKafka());
  const { names, events } = world;
  for (const topic of [names.requests("duel"), events])
    await world.configure(topic, { "max.message.bytes": "2000" });
  const store = world.store();
  const bus = world.bus();
  const large = aTicket("duel", { text: "x".repeat(5_000) });
  const pool = { queue: "duel", region: "eu" };
  await refused(row, {
    join: () => store.submit([join(large)], { now: NOON }),
    publish: () =>
      bus.publish([{ v: 1, type: "ticket.joined", at: NOON, pool, seq: 1, data: { ticket: large } }], {}),
  });
  expect(await store.submit([join(aTicket())], { now: NOON })).toMatchObject([{ type: "added" }]);
});
