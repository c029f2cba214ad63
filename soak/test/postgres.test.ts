import { describe, expect, it } from "vitest";
import { describeViolations, newSeed } from "@evenmatch/testkit";
import { reportOf } from "../src/cluster/describe.js";
import { bundlePrograms, mixOf, run } from "../src/cluster/run.js";
import { postgres } from "../src/postgres/postgres.js";
import { describe as described } from "../src/report.js";

// Consecutive seeds take the mixes in turn, so that together the runs have every kind of fault.
const { mixes } = postgres;
const first = newSeed();
const seeds = mixes.map((_, index) => (first + index) % 2 ** 32);
const cases = seeds.map((seed) => ({ seed, name: mixOf(postgres, seed).name }));

describe("processes on Postgres", { timeout: 300_000 }, () => {
  const programs = bundlePrograms(postgres);

  it.each(cases)("lose nothing and double nothing through $name, seed $seed", async ({ seed }) => {
    const report = await run({ kind: postgres, seed, programs: await programs, leavesEvidence: true });
    // With all that is needed to see it again.
    const text = described(reportOf(postgres.name, report));
    expect(describeViolations(report.verdict), text).toBe("");
    expect(report.flaws, text).toEqual([]);
    expect(report.shortfalls, text).toEqual([]);
    expect(report.verdict.counts, text).toMatchObject({ lost: 0, doubled: 0 });
  });

  it("meet each kind of fault in six runs", () => {
    const kinds = new Set(mixes.flatMap(({ faults }) => Object.keys(faults)));
    expect([...kinds].sort()).toEqual([
      "cut",
      "delay",
      "fail-over",
      "freeze",
      "half-open",
      "kill-api",
      "kill-backend",
      "kill-worker",
      "lose-answer",
      "restart-fast",
      "restart-immediate",
      "stall",
    ]);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(6);
  });
});
