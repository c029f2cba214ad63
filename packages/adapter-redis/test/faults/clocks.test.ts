import { freshPrefix } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { SkewedProcess } from "@evenmatch/services/vitest/adapter";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { hashOf } from "../ticket/dump.js";
import { fault } from "./row.js";

const program = new URL("skewed.ts", import.meta.url);
const MINUTES = 60_000;

/** A process whose clock is wrong by so many ms. */
function skewed(
  { url, prefix }: { url: string; prefix: string },
  skew: number,
  player: string,
): SkewedProcess {
  return new SkewedProcess(program, [url, prefix, String(skew), player]);
}

fault("the clocks of two processes differ by minutes", async () => {
  const { url } = sharedRedis();
  await using keys = freshPrefix({ url });
  const place = { url, prefix: keys.prefix };
  const redis = new Redis(url);
  const now = async (): Promise<number> => Number((await redis.time())[0]) * 1_000;
  const start = await now();
  await using early = skewed(place, -7 * MINUTES, "ann");
  await early.says("started");
  await using late = skewed(place, 9 * MINUTES, "bob");
  const [one, other] = [await early.says("match"), await late.says("match")];
  expect(one).toEqual(other);
  // Match time is the server's, for both.
  const times = [one.createdAt, ...one.teams.flat().map(({ joinedAt }) => joinedAt)];
  for (const time of times) expect(Math.abs(time - start)).toBeLessThan(MINUTES);
  // Leases are the server's, too. Each has said three times since that it lives, and nobody was taken for dead.
  const lives = async (): Promise<Map<string, number>> => {
    const owners = await hashOf(redis, `{${keys.prefix}}:owners`);
    return new Map(Array.from(owners, ([name, text]) => [name, Number(text.split(" ")[0])]));
  };
  const first = await lives();
  expect(first.size).toBe(2);
  await expect
    .poll(async () => {
      const later = await lives();
      return Array.from(first, ([name, until]) => (later.get(name) ?? 0) >= until + 1_000);
    })
    .toEqual([true, true]);
  redis.disconnect();
  const complaints = [...early.said, ...late.said].filter(({ error }) => error !== undefined);
  expect(complaints).toEqual([]);
});
