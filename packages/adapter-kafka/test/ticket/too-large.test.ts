import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished, vi } from "vitest";
import { World } from "../faults/world.js";

vi.setConfig({ testTimeout: 60_000 });

it("keeps its other pools where a match is larger than the store takes", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const queues = { duel: new OneVsOne({ maxRatingGap: 100 }), solo: new OneVsOne({ maxRatingGap: 100 }) };
  const matchmaker = new Matchmaker({ queues, tickets: world.store({ maxBytes: 2_000 }) });
  onTestFinished(() => matchmaker.close());
  let lost = 0;
  matchmaker.on("pool.lost", ({ pool }) => (lost += pool.queue === "solo" ? 1 : 0));
  await matchmaker.start();
  const text = "x".repeat(1_000);
  const join = (queue: "duel" | "solo", id: string) =>
    matchmaker.join(queue, { players: [{ id, rating: 1500, attributes: { text } }] });
  await join("solo", "ann");
  await Promise.allSettled([join("duel", "bob"), join("duel", "cleo")]);
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  expect(lost).toBe(0);
});
