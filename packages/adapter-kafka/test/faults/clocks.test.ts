import { sharedKafka } from "@evenmatch/services/vitest";
import { SkewedProcess } from "@evenmatch/services/vitest/adapter";
import { expect } from "vitest";
import { fault } from "./row.js";
import { World } from "./world.js";

const program = new URL("skewed.ts", import.meta.url);
const MINUTES = 60_000;
/** How long a process may take that joins groups first, in ms. */
const PATIENCE = 40_000;

/** A process whose clock is wrong by so many ms. */
function skewed({ prefix, server }: World, skew: number, player: string): SkewedProcess {
  return new SkewedProcess(program, [server.brokers.join(","), prefix, String(skew), player]);
}

fault("the clocks of two processes differ by minutes", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  await using early = skewed(world, -7 * MINUTES, "ann");
  await early.says("started", PATIENCE);
  await using late = skewed(world, 9 * MINUTES, "bob");
  const [one, other] = [await early.says("match", PATIENCE), await late.says("match", PATIENCE)];
  expect(one).toEqual(other);
  // Each has dated its ticket by its own clock; they joined one after the other, which is no matter of minutes.
  const dates = one.teams.flat().map(({ joinedAt }) => joinedAt);
  const apart = (Math.max(...dates) - Math.min(...dates)) / MINUTES;
  expect(apart).toBeGreaterThan(14);
  expect(apart).toBeLessThan(18);
  const complaints = [...early.said, ...late.said].filter(({ error }) => error !== undefined);
  expect(complaints).toEqual([]);
});

fault("a clock is further ahead than the brokers take records from", async (row) => {
  await using world = await World.open(sharedKafka());
  await world.configure(world.names.requests("duel"), { "message.timestamp.after.max.ms": "3600000" });
  await using early = skewed(world, 120 * MINUTES, "ann");
  expect(await early.says("refused", PATIENCE)).toMatchObject({ code: row.code, retryable: row.retryable });
});
