import type { EvenmatchError } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, vi } from "vitest";
import type { KafkaTicketStoreOptions } from "../../src/index.js";
import { fault, type Row } from "./row.js";
import { aTicket, join, NOON, World } from "./world.js";

/** Waits until the queue has no workers any more. */
async function untilLeft(world: World): Promise<void> {
  await world.admin(async (admin) => {
    const isEmpty = async (): Promise<boolean> =>
      (await admin.describeGroups([world.names.workers("duel")])).groups[0]!.members.length === 0;
    await vi.waitUntil(isEmpty, { timeout: 20_000, interval: 20 });
  });
}

/** Somebody waits in a region; a worker with other options does not run their pool, and says why; the first one goes on. */
async function refusedToRun(
  world: World,
  row: Row,
  before: KafkaTicketStoreOptions,
  after: KafkaTicketStoreOptions,
  region = "eu",
): Promise<EvenmatchError> {
  const store = world.store(before);
  const first = world.run(store, "duel");
  const ticket = aTicket("duel", { region });
  await store.submit([join(ticket)], { now: NOON });
  await first.stop();
  const problems: EvenmatchError[] = [];
  const other = world.run(world.store({ ...after, onProblem: (error) => problems.push(error) }), "duel");
  await expect
    .poll(() => problems.at(-1), { timeout: 20_000 })
    .toMatchObject({
      code: row.code,
      retryable: row.retryable,
    });
  expect(other.lease(region)).toBeUndefined();
  // It has left the group, to those who fit; and it says so once.
  await untilLeft(world);
  expect(problems).toHaveLength(1);
  await other.stop();
  const again = world.run(store, "duel");
  await vi.waitUntil(() => again.lease(region), { timeout: 20_000 });
  expect(await store.submit([{ type: "leave", ticketId: ticket.id }], { now: NOON })).toEqual([
    { type: "left" },
  ]);
  await again.stop();
  return problems[0]!;
}

fault("`key` is switched while the queue lives", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false, partitions: 2 });
  const { message } = await refusedToRun(world, row, {}, { key: "none" });
  expect(message).toContain('{"before":"pool","now":"none"}');
  await using other = await World.open(sharedKafka(), { isRun: false, partitions: 2 });
  await refusedToRun(other, row, { key: "none" }, { key: "pool" });
});

fault("`regions` are changed while somebody waits where they lie", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false, partitions: 2 });
  const { message } = await refusedToRun(world, row, { regions: ["us"] }, { regions: ["eu", "us"] }, "us");
  expect(message).toContain("duel.us");
});

fault("partitions are added to both topics of a queue that lives", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false, partitions: 1 });
  const store = world.store();
  const first = world.run(store, "duel");
  await store.submit([join(aTicket())], { now: NOON });
  await first.stop();
  const topics = [world.names.requests("duel"), world.names.log("duel")];
  await world.admin(async (admin) => {
    await admin.createPartitions({ topicPartitions: topics.map((topic) => ({ topic, count: 2 })) });
    const isSo = async (): Promise<boolean> => {
      const found = await admin.fetchTopicMetadata({ topics });
      return found.topics.every(({ partitions }) => partitions.length === 2);
    };
    await vi.waitUntil(isSo, { timeout: 10_000 });
  });
  const problems: EvenmatchError[] = [];
  const other = world.run(world.store({ onProblem: (error) => problems.push(error) }), "duel");
  await expect
    .poll(() => problems.at(-1), { timeout: 20_000 })
    .toMatchObject({
      code: row.code,
      retryable: row.retryable,
    });
  await untilLeft(world);
  expect(other.heard).toEqual([]);
});
