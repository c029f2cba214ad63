import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { withSeed, type HistoryRule } from "@evenmatch/testkit";
import type { GroundKind } from "../src/cluster/ground.js";
import { run } from "../src/cluster/run.js";
import { PostgresGround } from "../src/postgres/ground.js";
import type { BrokenOnPostgres } from "./broken-postgres-server.js";

// Nothing strikes here: what is found is the store's own doing.
const calm = { name: "calm", faults: {} };

describe("a run on Postgres", { timeout: 180_000 }, () => {
  it.each([
    ["claims twice", "doubled"],
    ["forgets leaves", "leftMatched"],
    ["loses joins", "lost"],
  ] satisfies [BrokenOnPostgres, HistoryRule][])("finds that a store %s", async (broken, rule) => {
    await withSeed(async (seed) => {
      const crowd = { clients: 400, perSecond: 200 };
      const { verdict, ok } = await run({ kind: brokenPostgres(broken), seed, crowd });
      expect(verdict.violations.map((violation) => violation.rule)).toContain(rule);
      expect(ok).toBe(false);
    });
  });
});

function brokenPostgres(broken: BrokenOnPostgres): GroundKind {
  return {
    name: "broken postgres",
    program: resolve(import.meta.dirname, "broken-postgres-server.ts"),
    roles: ["worker"],
    mixes: [calm],
    cuts: [],
    open: async (mix) => {
      const ground = await PostgresGround.open(mix);
      return {
        lossWindows: ground.lossWindows,
        settingsOf: async (process) => ({ ...(await ground.settingsOf(process)), broken }),
        strike: (kind, process, rng) => ground.strike(kind, process, rng),
        gone: (process) => ground.gone(process),
        isSettled: () => ground.isSettled(),
        dump: () => ground.dump(),
        close: () => ground.close(),
      };
    },
  };
}
