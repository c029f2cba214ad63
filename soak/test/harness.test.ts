import { describe, expect, it } from "vitest";
import { describeViolations, withSeed } from "@evenmatch/testkit";
import { run } from "../src/cluster/run.js";
import type { Breakage } from "./broken.js";
import { memoryGround } from "./memory-ground.js";

const crowd = { clients: 300, perSecond: 300 };

describe("a run of real processes", { timeout: 120_000 }, () => {
  it("finds nothing wrong with an honest store, and says that a calm run does not count", async () => {
    await withSeed(async (seed) => {
      const report = await run({ kind: memoryGround(), seed, crowd });
      expect(describeViolations(report.verdict)).toBe("");
      expect(report.flaws).toEqual([]);
      expect(report.verdict.counts.matched).toBeGreaterThan(100);
      expect(report.ok).toBe(false);
      expect(report.shortfalls).toEqual([
        expect.stringMatching(/^a run counts from 2000 tickets, not /),
        "a run counts from 3 faults that hit joins and claims in flight, not 0",
      ]);
    });
  });

  it.each([
    ["forgets leaves", "leftMatched"],
    ["loses joins", "lost"],
  ] satisfies [Breakage, string][])("finds that a store %s", async (broken, rule) => {
    await withSeed(async (seed) => {
      const { verdict } = await run({ kind: memoryGround(broken), seed, crowd });
      expect(verdict.ok).toBe(false);
      expect(verdict.violations.map((violation) => violation.rule)).toContain(rule);
    });
  });
});
