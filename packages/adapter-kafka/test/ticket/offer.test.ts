import type { EvenmatchError, OwnerEvent } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { fault } from "../faults/row.js";
import { aTicket, join, NOON, World } from "../faults/world.js";

fault("one queue of several has no topics", async (row) => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const problems: EvenmatchError[] = [];
  const store = world.store({ onProblem: (error) => problems.push(error) });
  const heard: OwnerEvent[] = [];
  const stopping = new AbortController();
  const over = (async () => {
    for await (const event of store.own(["duel", "nowhere", "solo"], { signal: stopping.signal }))
      heard.push(event);
  })();
  over.catch(() => {});
  onTestFinished(() => stopping.abort());
  const types = (): string[] => heard.map(({ type }) => type);
  for (const queue of ["duel", "solo"]) await store.submit([join(aTicket(queue))], { now: NOON });
  await vi.waitUntil(() => types().filter((type) => type === "gained").length === 2, { timeout: 20_000 });
  await vi.waitUntil(() => problems.length > 0, { timeout: 20_000 });
  expect(types()).not.toContain("lost");
  expect(problems[0]).toMatchObject({ code: row.code, retryable: row.retryable });
  stopping.abort();
  await over;
});

it("fails where none of its queues can be run", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const failing = async (): Promise<void> => {
    for await (const event of world.store().own(["nowhere", "neverwhere"], {})) expect(event).toBeUndefined();
  };
  await expect(failing()).rejects.toMatchObject({ code: "STORE_MISCONFIGURED" });
});
