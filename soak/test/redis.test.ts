import { describe, expect, it } from "vitest";
import { describeViolations, newSeed, type HistoryRule } from "@evenmatch/testkit";
import { reportOf } from "../src/cluster/describe.js";
import type { GroundKind } from "../src/cluster/ground.js";
import { bundlePrograms, mixOf, run } from "../src/cluster/run.js";
import { DURABILITY, type Durability } from "../src/redis/durability.js";
import { RedisGround } from "../src/redis/ground.js";
import { redis } from "../src/redis/redis.js";
import { describe as described } from "../src/report.js";
import { lanes } from "./lanes.js";

// Consecutive seeds take the mixes in turn, so that together the runs have every setting and every kind of fault.
const { mixes } = redis;
const first = newSeed();
const seeds = mixes.map((_, index) => (first + index) % 2 ** 32);
const cases = seeds.map((seed) => ({ seed, name: mixOf(redis, seed).name }));

/** Just enough to count, and soon over. */
const crowd = { clients: 2_450, perSecond: 350 };
/** Too few to count, and enough to see that something is wrong. */
const few = { clients: 900, perSecond: 200 };

/** Most of a run is waiting: two at once have both cores. */
const inTurn = lanes(2);

const programs = bundlePrograms(redis);

describe("processes on Redis", { timeout: 300_000, concurrent: true }, () => {
  it.each(cases)("keep what $name promises, seed $seed", async ({ seed }) => {
    const report = await inTurn(async () =>
      run({ kind: redis, seed, crowd, programs: await programs, leavesEvidence: true }),
    );
    // With all that is needed to see it again.
    const text = described(reportOf(redis.name, report));
    expect(describeViolations(report.verdict), text).toBe("");
    expect(report.flaws, text).toEqual([]);
    expect(report.shortfalls, text).toEqual([]);
    expect(report.verdict.counts, text).toMatchObject({ lost: 0, doubled: 0 });
  });

  it("meet each setting and each kind of fault in six runs", () => {
    const kinds = new Set(mixes.flatMap(({ faults }) => Object.keys(faults)));
    expect([...kinds].sort()).toEqual([
      "busy",
      "cut",
      "delay",
      "fail-over",
      "freeze",
      "half-open",
      "kill-api",
      "kill-server",
      "kill-worker",
      "lose-answer",
      "lose-tail",
      "oom",
      "pause",
      "readonly",
      "script-flush",
      "stall",
    ]);
    expect(new Set(cases.map(({ name }) => name)).size).toBe(6);
    expect(Object.keys(DURABILITY).every((name) => mixes.some((mix) => mix.name === name))).toBe(true);
  });
});

describe("a run on Redis", { timeout: 300_000, concurrent: true }, () => {
  const { always, everysec, replica } = DURABILITY;

  it.each([
    ["a tail of a log that promises to have none", always, "lose-long-tail"],
    ["more of a log than the last two seconds", everysec, "lose-long-tail"],
    ["what a replica never had, by calls that did not wait", { ...replica, newsOnly: true }, "fail-over"],
  ] satisfies [string, Durability, string][])("finds the loss of %s", async (_, durability, fault) => {
    const kind = promising(durability, fault);
    const { verdict, ok, seed } = await inTurn(async () =>
      run({ kind, seed: newSeed(), crowd: few, programs: await programs }),
    );
    const text = `seed ${seed}\n${describeViolations(verdict, 1)}`;
    expect(ok, text).toBe(false);
    expect(rulesIn(verdict.violations), text).toContain("lost");
  });
});

/** A Redis that is set up, and judged, in one way, and dies in one way. */
function promising(durability: Durability, fault: string): GroundKind {
  return {
    ...redis,
    mixes: [{ name: fault, faults: { [fault]: 1 } }],
    // It strikes while many are still to come, busy or not: what is lost is what is written then.
    open: async () => Object.assign(await RedisGround.open(durability), { busyPatienceMs: 0 }),
  };
}

function rulesIn(violations: readonly { readonly rule: HistoryRule }[]): Set<HistoryRule> {
  return new Set(violations.map(({ rule }) => rule));
}
