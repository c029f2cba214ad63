import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Match } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect } from "vitest";
import { fault } from "./row.js";
import { migrated } from "./world.js";

const program = fileURLToPath(new URL("skewed.ts", import.meta.url));
const MINUTES = 60_000;

/** A process whose clock is wrong by so many ms, and what it says. */
class Skewed implements AsyncDisposable {
  readonly said: { match?: Match; started?: true; error?: string; lost?: true }[] = [];
  readonly #child: ChildProcess;

  constructor(url: string, skew: number, player: string) {
    const node = ["--conditions=evenmatch-source", "--import", "tsx", program, url, String(skew), player];
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

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  fault("the clocks of two processes differ by minutes", async () => {
    await using database = await migrated(server);
    const [start] = await database.rows<{ now: Date }>("select clock_timestamp() as now");
    await using early = new Skewed(database.url, -7 * MINUTES, "ann");
    await early.says("started");
    await using late = new Skewed(database.url, 9 * MINUTES, "bob");
    const [one, other] = [await early.says("match"), await late.says("match")];
    expect(one).toEqual(other);
    // Match time is the server's, for both.
    const times = [one.createdAt, ...one.teams.flat().map(({ joinedAt }) => joinedAt)];
    for (const time of times) expect(Math.abs(time - start!.now.getTime())).toBeLessThan(MINUTES);
    // Leases are the server's, too. Each has said three times since that it lives, and nobody was taken for dead.
    const lives = () =>
      database.rows<{ until: Date }>("select alive_until as until from evenmatch.owners order by id");
    const first = await lives();
    expect(first).toHaveLength(2);
    const later = first.map(({ until }) => until.getTime() + 1_000);
    await expect
      .poll(async () => (await lives()).every(({ until }, index) => until.getTime() >= later[index]!), {
        timeout: 30_000,
      })
      .toBe(true);
    const complaints = [...early.said, ...late.said].filter(({ error }) => error !== undefined);
    expect(complaints).toEqual([]);
  });
});
