import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Match } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { expect } from "vitest";
import { fault } from "./row.js";
import { World } from "./world.js";

const program = fileURLToPath(new URL("skewed.ts", import.meta.url));
const MINUTES = 60_000;

/** What such a process may say. */
interface Said {
  readonly match?: Match;
  readonly refused?: { readonly code: string; readonly retryable: boolean; readonly message: string };
  readonly started?: true;
  readonly error?: string;
  readonly lost?: true;
}

/** A process whose clock is wrong by so many ms, and what it says. */
class Skewed implements AsyncDisposable {
  readonly said: Said[] = [];
  readonly #child: ChildProcess;

  constructor({ prefix, server }: World, skew: number, player: string) {
    const node = ["--conditions=evenmatch-source", "--import", "tsx", program];
    const args = [...node, server.brokers.join(","), prefix, String(skew), player];
    const child = (this.#child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] }));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.said.push(JSON.parse(line) as Said);
    });
  }

  async says<Key extends keyof Said>(key: Key): Promise<NonNullable<Said[Key]>> {
    const find = () => this.said.find((one) => one[key] !== undefined)?.[key];
    await expect.poll(find, { timeout: 40_000 }).toBeDefined();
    return find()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await ended;
  }
}

fault("the clocks of two processes differ by minutes", async () => {
  await using world = await World.open(sharedKafka(), { isRun: false });
  const start = Date.now();
  await using early = new Skewed(world, -7 * MINUTES, "ann");
  await early.says("started");
  await using late = new Skewed(world, 9 * MINUTES, "bob");
  const [one, other] = [await early.says("match"), await late.says("match")];
  expect(one).toEqual(other);
  // Each has dated its ticket by its own clock.
  const minutes = one.teams
    .flat()
    .map(({ joinedAt }) => Math.round((joinedAt - start) / MINUTES))
    .sort((a, b) => a - b);
  expect(minutes).toEqual([-7, 9]);
  const complaints = [...early.said, ...late.said].filter(({ error }) => error !== undefined);
  expect(complaints).toEqual([]);
});

fault("a clock is further ahead than the brokers take records from", async (row) => {
  await using world = await World.open(sharedKafka());
  await world.configure(world.names.requests("duel"), { "message.timestamp.after.max.ms": "3600000" });
  await using early = new Skewed(world, 120 * MINUTES, "ann");
  expect(await early.says("refused")).toMatchObject({ code: row.code, retryable: row.retryable });
});
