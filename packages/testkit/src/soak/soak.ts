import type { Seed } from "../random/seeded.js";
import { describeSimulation, simulate, SOAK_FAULTS, type SimulationReport } from "../simulator/simulate.js";
import { openLogStore, openMemoryStore, type OpenStore } from "../simulator/store.js";

/** The stores that a soak run knows. */
export const SOAK_STORES: Readonly<Record<string, OpenStore>> = {
  memory: openMemoryStore,
  log: openLogStore,
};

export interface SoakOptions {
  readonly store: string;
  /** The seed of the first run; each further run has the next one. */
  readonly seed: Seed;
  readonly runs: number;
  /** No further run starts once this says so; the first always does. */
  readonly isTimeUp: () => boolean;
  /** Takes lines for people. */
  readonly print: (line: string) => void;
}

/** What all runs together amounted to: the one line of `--json`. */
export interface SoakTotals {
  tickets: number;
  matched: number;
  left: number;
  expired: number;
  lost: number;
  doubled: number;
  kills: number;
  cuts: number;
  readonly seed: Seed;
  /** Every run was sound. */
  ok: boolean;
}

/** Runs load with kills and cuts, one seed after the other, and judges each run. */
export async function soak({ store, seed, runs, isTimeUp, print }: SoakOptions): Promise<SoakTotals> {
  const open = SOAK_STORES[store];
  if (!open) throw new RangeError(`there is no store "${store}" to soak`);
  const totals: SoakTotals = {
    tickets: 0,
    matched: 0,
    left: 0,
    expired: 0,
    lost: 0,
    doubled: 0,
    kills: 0,
    cuts: 0,
    seed,
    ok: true,
  };
  for (let run = 0; run < runs && (run === 0 || !isTimeUp()); run++) {
    // Seeds are 32 bits; after the last comes the first.
    const own = (seed + run) % 2 ** 32;
    const replay = (failed: Seed): string =>
      `seed ${failed}; replay with npm run soak -- ${store} --seed ${failed} --runs 1`;
    const report = await simulate({ seed: own, store: open, faults: SOAK_FAULTS, replay });
    add(totals, report);
    totals.ok &&= report.ok;
    print(lineOf(report));
    if (!report.ok) print(describeSimulation(report));
  }
  return totals;
}

function add(totals: SoakTotals, { verdict: { counts }, kills, cuts }: SimulationReport): void {
  for (const key of ["tickets", "matched", "left", "expired", "lost", "doubled"] as const)
    totals[key] += counts[key];
  totals.kills += kills;
  totals.cuts += cuts;
}

function lineOf({
  seed,
  ok,
  verdict: { counts },
  kills,
  cuts,
  faultsByStep,
  figures,
}: SimulationReport): string {
  const { tickets, matched, left, expired, lost, doubled } = counts;
  const steps = Object.entries(faultsByStep).map(([step, count]) => `${step} ${count}`);
  return [
    `seed ${seed}: ${ok ? "sound" : "BROKEN"}`,
    `  ${tickets} tickets: ${matched} matched, ${left} left, ${expired} expired, ${lost} lost, ${doubled} doubled`,
    `  ${kills} kills and ${cuts} cuts: ${steps.join(", ")}`,
    `  waited ${figures.meanWait} ms on average, 95 % at most ${figures.p95Wait} ms; mean gap ${figures.meanGap}`,
  ].join("\n");
}
