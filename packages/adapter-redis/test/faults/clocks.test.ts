import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Match } from "@evenmatch/core";
import { freshPrefix } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis } from "ioredis";
import { expect } from "vitest";
import { hashOf } from "../ticket/dump.js";
import { fault } from "./row.js";

const program = fileURLToPath(new URL("skewed.ts", import.meta.url));
const MINUTES = 60_000;

/** A process whose clock is wrong by so many ms, and what it says. */
class Skewed implements AsyncDisposable {
  readonly said: { match?: Match; started?: true; error?: string; lost?: true }[] = [];
  readonly #child: ChildProcess;

  constructor({ url, prefix }: { url: string; prefix: string }, skew: number, player: string) {
    const node = [
      "--conditions=evenmatch-source",
      "--import",
      "tsx",
      program,
      url,
      prefix,
      String(skew),
      player,
    ];
    const child = (this.#child = spawn(process.execPath, node, { stdio: ["pipe", "pipe", "inherit"] }));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.said.push(JSON.parse(line) as (typeof this.said)[number]);
    });
  }

  async says<Key extends "match" | "started">(key: Key): Promise<NonNullable<this["said"][number][Key]>> {
    const find = () => this.said.find((one) => one[key] !== undefined)?.[key];
    await expect.poll(find, { timeout: 30_000 }).toBeDefined();
    return find()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await ended;
  }
}

fault("the clocks of two processes differ by minutes", async () => {
  const { url } = sharedRedis();
  await using keys = freshPrefix({ url });
  const place = { url, prefix: keys.prefix };
  const redis = new Redis(url);
  const now = async (): Promise<number> => Number((await redis.time())[0]) * 1_000;
  const start = await now();
  await using early = new Skewed(place, -7 * MINUTES, "ann");
  await early.says("started");
  await using late = new Skewed(place, 9 * MINUTES, "bob");
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
    .poll(
      async () => {
        const later = await lives();
        return Array.from(first, ([name, until]) => (later.get(name) ?? 0) >= until + 1_000);
      },
      { timeout: 30_000 },
    )
    .toEqual([true, true]);
  redis.disconnect();
  const complaints = [...early.said, ...late.said].filter(({ error }) => error !== undefined);
  expect(complaints).toEqual([]);
});
