import { sharedPostgres } from "@evenmatch/services/vitest";
import { SkewedProcess } from "@evenmatch/services/vitest/adapter";
import { describe, expect } from "vitest";
import { fault } from "./row.js";
import { migrated } from "./world.js";

const program = new URL("skewed.ts", import.meta.url);
const MINUTES = 60_000;

/** A process whose clock is wrong by so many ms. */
function skewed(url: string, skew: number, player: string): SkewedProcess {
  return new SkewedProcess(program, [url, String(skew), player]);
}

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  fault("the clocks of two processes differ by minutes", async () => {
    await using database = await migrated(server);
    const [start] = await database.rows<{ now: Date }>("select clock_timestamp() as now");
    await using early = skewed(database.url, -7 * MINUTES, "ann");
    await early.says("started");
    await using late = skewed(database.url, 9 * MINUTES, "bob");
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
      .poll(async () => (await lives()).every(({ until }, index) => until.getTime() >= later[index]!))
      .toBe(true);
    const complaints = [...early.said, ...late.said].filter(({ error }) => error !== undefined);
    expect(complaints).toEqual([]);
  });
});
