import {
  describeSimulation,
  openLogStore,
  openMemoryStore,
  simulate,
  SOAK_FAULTS,
  type OpenStore,
  type Seed,
} from "@evenmatch/testkit";
import type { RunReport } from "../report.js";

/** The stores that whole clusters are simulated on, in one process and in virtual time. */
export const SIMULATED: Readonly<Record<string, OpenStore>> = {
  memory: openMemoryStore,
  log: openLogStore,
};

/** One simulated run with every fault at once. */
export async function runSimulated(name: string, store: OpenStore, seed: Seed): Promise<RunReport> {
  const replay = (failed: Seed): string =>
    `seed ${failed}; replay with npm run soak -- ${name} --seed ${failed} --runs 1`;
  const report = await simulate({ seed, store, faults: SOAK_FAULTS, replay });
  const { kills, cuts, figures, faultsByStep, verdict } = report;
  const steps = Object.entries(faultsByStep).map(([step, count]) => `${step} ${count}`);
  return {
    seed,
    ok: report.ok,
    counts: verdict.counts,
    losses: verdict.losses,
    kills,
    cuts,
    lines: [
      `${kills} kills and ${cuts} cuts: ${steps.join(", ")}`,
      `waited ${figures.meanWait} ms on average, 95 % at most ${figures.p95Wait} ms; mean gap ${figures.meanGap}`,
    ],
    problems: report.ok ? "" : describeSimulation(report),
  };
}
