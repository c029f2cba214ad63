import { Fifo } from "@evenmatch/core";
import { LifeState } from "@evenmatch/core/adapter";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { HistoryRule } from "../../src/history/check-history.js";
import {
  describeSimulation,
  simulate,
  SOAK_FAULTS,
  type SimulationReport,
} from "../../src/simulator/simulate.js";
import { FAULT_STEPS } from "../../src/simulator/step.js";
import { openLogStore, openMemoryStore } from "../../src/simulator/store.js";

const STORES = { memory: openMemoryStore, log: openLogStore };

/** Seeds that pass on sound stores, and under which the broken ones fail. */
const SEEDS = [2, 3];

afterEach(() => vi.restoreAllMocks());

describe("simulate", { timeout: 60_000 }, () => {
  it("gives the same history for the same seed, to the byte, and another for another", async () => {
    const options = { clients: 300, faults: SOAK_FAULTS };
    const [one, again, other] = [
      await run({ ...options, seed: 1 }),
      await run({ ...options, seed: 1 }),
      await run({ ...options, seed: 2 }),
    ];
    expect(one).toBe(again);
    expect(one).not.toBe(other);

    async function run(given: Parameters<typeof simulate>[0]): Promise<string> {
      const { history, final, faultsByKind } = await simulate(given);
      return JSON.stringify({ history, final, faultsByKind });
    }
  });

  it.each(Object.entries(STORES))("serves everyone where nothing fails: %s", async (_, store) => {
    const report = await simulate({ seed: 1, clients: 600, store });
    expect(describeSimulation(report)).toBe("");
    expect(report).toMatchObject({
      ok: true,
      kills: 0,
      cuts: 0,
      verdict: { counts: { lost: 0, doubled: 0, unanswered: 0 } },
    });
    expect(report.verdict.counts.matched).toBeGreaterThan(350);
    expect(report.figures.meanWait).toBeGreaterThan(20);
    expect(report.figures.p95Wait).toBeGreaterThan(report.figures.meanWait);
    expect(report.figures.meanGap).toBeGreaterThan(10);
    expect(report.figures.latestNews).toBeLessThan(100);
  });

  describe.each(Object.entries(STORES))("%s, with faults of every kind", (_, store) => {
    it.each(SEEDS)("loses nothing and doubles nothing, seed %i", async (seed) => {
      const report = await simulate({ seed, store, faults: SOAK_FAULTS });
      expect(describeSimulation(report)).toBe("");
      expect(report.ok).toBe(true);
      expect(report.kills + report.cuts).toBeGreaterThanOrEqual(10);
      expect(Object.keys(report.faultsByStep).length).toBeGreaterThanOrEqual(FAULT_STEPS.length - 2);
      expect(unseen(report)).toEqual([]);
    });

    it.each([4, 5, 6, 7])("has faults of every kind strike in a small run, too, seed %i", async (seed) => {
      expect(unseen(await simulate({ seed, store, clients: 500, faults: SOAK_FAULTS }))).toEqual([]);
    });
  });

  it("loses nothing over a bus that loses, repeats and delays", async () => {
    const bus = { loses: 0.3, repeats: 0.2, delayMs: 500 };
    const report = await simulate({ seed: 1, clients: 800, bus });
    expect(describeSimulation(report)).toBe("");
    expect(report.figures.latestNews).toBeGreaterThan(500);
  });

  it("does not pass a run in which a strategy erred", async () => {
    vi.spyOn(Fifo.prototype, "propose").mockReturnValue([{ teams: [[]], quality: 1 }]);
    const report = await simulate({ seed: 1, clients: 200 });
    expect(report).toMatchObject({ ok: false, verdict: { ok: true } });
    expect(describeSimulation(report)).toMatch(/^a team has tickets.*\n.*seed 1/i);
  });

  it("does not pass a run that matched nothing, or that shows too little", async () => {
    const alone = await simulate({ seed: 1, clients: 1 });
    expect(alone).toMatchObject({ ok: false, verdict: { vacuous: true } });
    const faults = { kills: 1, losesAnswer: 0.05, repeats: Number.MIN_VALUE };
    const small = await simulate({ seed: 1, clients: 100, faults });
    expect(small).toMatchObject({ ok: false, verdict: { ok: true } });
    expect(describeSimulation(small)).toMatch(
      /counts from 2000 tickets, not \d+\n.*counts from 3 faults that hit .*\n.*not 0 of repeats\n.*seed 1/,
    );
  });
});

describe("a broken store", { timeout: 60_000 }, () => {
  it.each(SEEDS)("that loses a join is found, seed %i", async (seed) => {
    const report = await simulate({ seed, faults: SOAK_FAULTS, store: losingStore });
    expect(brokenRules(report)).toContain("lost");
  });

  it.each(SEEDS)("that claims without checking is found, seed %i", async (seed) => {
    vi.spyOn(LifeState.prototype, "take").mockImplementation(function (this: LifeState, ticket, matchId) {
      this.record(ticket.id).matchId = matchId;
    });
    const report = await simulate({ seed, faults: SOAK_FAULTS });
    expect(brokenRules(report)).toContain("doubled");
  });

  it.each(SEEDS)("that forgets which players wait is found, seed %i", async (seed) => {
    vi.spyOn(LifeState.prototype, "ticketOf").mockReturnValue(undefined);
    const report = await simulate({ seed, faults: SOAK_FAULTS });
    expect(brokenRules(report)).toContain("twoLive");
  });

  it.each(SEEDS)("that forgets its request ids is found, seed %i", async (seed) => {
    vi.spyOn(LifeState.prototype, "requested").mockReturnValue(undefined);
    const report = await simulate({ seed, faults: SOAK_FAULTS });
    expect(brokenRules(report)).toContain("repeated");
  });
});

/** The kinds of fault that did not strike. */
function unseen({ faultsByKind }: SimulationReport): string[] {
  expect(Object.keys(faultsByKind).sort()).toEqual(Object.keys(SOAK_FAULTS).sort());
  return Object.entries(faultsByKind).flatMap(([kind, count]) => (count > 0 ? [] : [kind]));
}

function brokenRules({ ok, verdict }: SimulationReport): HistoryRule[] {
  expect(ok).toBe(false);
  return [...new Set(verdict.violations.map(({ rule }) => rule))];
}

/** Answers every fortieth join without keeping it. */
const losingStore: typeof openMemoryStore = (around) => {
  const store = openMemoryStore(around);
  let joins = 0;
  return {
    connect(process, clock) {
      const { tickets } = store.connect(process, clock);
      const submit: typeof tickets.submit = async (requests, options) => {
        const lost = requests.map(({ type }) => type === "join" && ++joins % 40 === 0);
        const outcomes = await tickets.submit(
          requests.filter((_, index) => !lost[index]),
          options,
        );
        return requests.map((request, index) =>
          lost[index] && request.type === "join"
            ? { type: "added", ticket: request.ticket }
            : outcomes.shift()!,
        );
      };
      return {
        tickets: {
          submit,
          decide: (...args) => tickets.decide(...args),
          own: (...args) => tickets.own(...args),
          read: (...args) => tickets.read(...args),
          ask: (...args) => tickets.ask(...args),
          time: () => tickets.time(),
        },
      };
    },
  };
};
