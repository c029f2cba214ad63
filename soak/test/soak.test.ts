import { LifeState } from "@evenmatch/core/adapter";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openMemoryStore, type Seed } from "@evenmatch/testkit";
import { soak, type RunReport } from "../src/report.js";
import { runSimulated } from "../src/simulated/simulated.js";

afterEach(() => vi.restoreAllMocks());

const run = (seed: Seed): Promise<RunReport> => runSimulated("memory", openMemoryStore, seed);

describe("soak", { timeout: 60_000 }, () => {
  it("says what is broken, and how to see it again", async () => {
    vi.spyOn(LifeState.prototype, "ticketOf").mockReturnValue(undefined);
    const lines: string[] = [];
    const print = (line: string): unknown => lines.push(line);
    const { ok } = await soak({ run, seed: 7, runs: 1, isTimeUp: () => true, print });
    expect(ok).toBe(false);
    expect(lines[0]).toContain("seed 7: BROKEN");
    expect(lines[0]).toContain("twoLive: A player has one live ticket in a queue at most.");
    expect(lines[0]).toContain("npm run soak -- memory --seed 7 --runs 1");
  });

  it("goes on with the next seed for as long as there are runs and time", async () => {
    const lines: string[] = [];
    const totals = await soak({
      run,
      seed: 2 ** 32 - 1,
      runs: 5,
      isTimeUp: () => lines.length === 2,
      print: (line) => lines.push(line),
    });
    expect(lines.map((line) => line.split(":")[0])).toEqual(["seed 4294967295", "seed 0"]);
    expect(totals).toMatchObject({ ok: true, lost: 0, doubled: 0, seed: 4294967295 });
    expect(totals.tickets).toBeGreaterThan(4_000);
  });
});
