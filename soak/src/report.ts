import type { Losses, Seed } from "@evenmatch/testkit";

/** What one run of a soak amounted to, whichever store it was on. */
export interface RunReport {
  readonly seed: Seed;
  readonly ok: boolean;
  readonly counts: Counts;
  /** What the store may lose by its setting, and did. */
  readonly losses: Losses;
  readonly kills: number;
  readonly cuts: number;
  /** What people read of it, without its verdict. */
  readonly lines: readonly string[];
  /** What was wrong; empty when nothing was. */
  readonly problems: string;
}

/** How the tickets of a run ended. */
export interface Counts {
  readonly tickets: number;
  readonly matched: number;
  readonly left: number;
  readonly expired: number;
  readonly lost: number;
  readonly doubled: number;
}

/** What all runs together amounted to: the one line of `--json`. */
export type Totals = { -readonly [Key in keyof Counts]: number } & {
  /** Joins and leaves that were acknowledged, and that the store's setting allows it to forget. */
  forgotten: number;
  /** Matches that were announced and forgotten in the same way. */
  undone: number;
  kills: number;
  cuts: number;
  readonly seed: Seed;
  /** Every run was sound. */
  ok: boolean;
};

const COUNTED = ["tickets", "matched", "left", "expired", "lost", "doubled"] as const;

export interface SoakOptions {
  /** The seed of the first run; each further run has the next one. */
  readonly seed: Seed;
  readonly runs: number;
  /** No further run starts once this says so; the first always does. */
  readonly isTimeUp: () => boolean;
  /** Takes lines for people. */
  readonly print: (line: string) => void;
  readonly run: (seed: Seed) => Promise<RunReport>;
}

/** Runs one seed after the other, and judges each run. */
export async function soak({ seed, runs, isTimeUp, print, run }: SoakOptions): Promise<Totals> {
  const none = { tickets: 0, matched: 0, left: 0, expired: 0, lost: 0, doubled: 0 };
  const others = { forgotten: 0, undone: 0, kills: 0, cuts: 0 };
  const totals: Totals = { ...none, ...others, seed, ok: true };
  for (let index = 0; index < runs && (index === 0 || !isTimeUp()); index++) {
    // Seeds are 32 bits; after the last comes the first.
    const report = await run((seed + index) % 2 ** 32);
    for (const key of COUNTED) totals[key] += report.counts[key];
    totals.forgotten += report.losses.joins + report.losses.leaves;
    totals.undone += report.losses.matches;
    totals.kills += report.kills;
    totals.cuts += report.cuts;
    totals.ok &&= report.ok;
    print(describe(report));
  }
  return totals;
}

/** A run for people: what it was, and what was wrong with it. */
export function describe({ seed, ok, counts, lines, problems }: RunReport): string {
  const { tickets, matched, left, expired, lost, doubled } = counts;
  return [
    `seed ${seed}: ${ok ? "sound" : "BROKEN"}`,
    `  ${tickets} tickets: ${matched} matched, ${left} left, ${expired} expired, ${lost} lost, ${doubled} doubled`,
    ...lines.map((line) => `  ${line}`),
    ...(problems === "" ? [] : [problems]),
  ].join("\n");
}
