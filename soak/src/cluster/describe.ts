import { describeViolations, type Losses } from "@evenmatch/testkit";
import type { RunReport } from "../report.js";
import type { ClusterReport } from "./run.js";

/** A run of real processes as every soak reports it. */
export function reportOf(name: string, report: ClusterReport): RunReport {
  const { seed, mix, ok, verdict, flaws, shortfalls, faults, kills, cuts, quietMs, tookMs, asked } = report;
  const evidence = report.evidence ?? "nothing is left";
  const struck = faults.map(
    ({ kind, step, phase, isInStep, joinsInFlight, claimsInFlight }) =>
      `${kind} ${isInStep ? `${phase} ${step}` : "outside of a call"} (${joinsInFlight}, ${claimsInFlight})`,
  );
  const listed = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ") || "nothing";
  const replay = `seed ${seed}; replay with npm run soak -- ${name} --mix ${mix} --seed ${seed} --runs 1`;
  return {
    seed,
    ok,
    counts: verdict.counts,
    losses: verdict.losses,
    kills,
    cuts,
    lines: [
      `${mix}, ${kills} kills and ${cuts} cuts, with so many joins and claims in flight: ${struck.join("; ")}`,
      `no news of matches for ${quietMs} ms at most; had to ask: ${listed(asked)}; ${verdict.counts.unanswered} calls without an answer`,
      ...lostWithin(verdict.losses),
      `took ${(tookMs / 1_000).toFixed(1)} s; reported: ${listed(report.troubles)}`,
    ],
    problems: ok
      ? ""
      : [describeViolations(verdict), ...flaws, ...shortfalls, `seen: ${evidence}`, replay]
          .filter(Boolean)
          .join("\n"),
  };
}

function lostWithin({ joins, leaves, matches, doubled }: Losses): string[] {
  if (joins + leaves + matches === 0) return [];
  const doubles = `with ${doubled} tickets that are in another match too`;
  return [`lost as the setting allows: ${joins} joins, ${leaves} leaves, ${matches} matches ${doubles}`];
}
