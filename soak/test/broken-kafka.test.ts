import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { withSeed, type HistoryRule } from "@evenmatch/testkit";
import type { GroundKind } from "../src/cluster/ground.js";
import { run } from "../src/cluster/run.js";
import { KafkaGround } from "../src/kafka/ground.js";
import type { BrokenOnKafka } from "./broken-kafka-server.js";

// Nothing strikes here: what is found is the store's own doing.
const calm = { name: "calm", faults: {} };

describe("a run on Kafka", { timeout: 180_000, concurrent: true }, () => {
  it.each([
    ["writes unfenced", "doubled"],
    ["loses joins", "lost"],
  ] satisfies [BrokenOnKafka, HistoryRule][])("finds that a store %s", async (broken, rule) => {
    await withSeed(async (seed) => {
      const crowd = { clients: 400, perSecond: 200 };
      const { verdict, ok } = await run({ kind: brokenKafka(broken), seed, crowd });
      expect(verdict.violations.map((violation) => violation.rule)).toContain(rule);
      expect(ok).toBe(false);
    });
  });
});

function brokenKafka(broken: BrokenOnKafka): GroundKind {
  return {
    name: "broken kafka",
    program: resolve(import.meta.dirname, "broken-kafka-server.ts"),
    roles: ["worker"],
    mixes: [calm],
    cuts: [],
    open: async (mix) => {
      const ground = await KafkaGround.open(mix);
      return {
        lossWindows: ground.lossWindows,
        settingsOf: async (process) => ({ ...(await ground.settingsOf(process)), broken }),
        strike: (kind, process, rng) => ground.strike(kind, process, rng),
        gone: (process) => ground.gone(process),
        isSettled: () => ground.isSettled(),
        // Nobody announces what is written beside the store, so a group would be waited for in vain.
        look: () => Promise.resolve({ final: { tickets: [], matches: [] }, flaws: [] }),
        dump: () => ground.dump(),
        close: () => ground.close(),
      };
    },
  };
}
