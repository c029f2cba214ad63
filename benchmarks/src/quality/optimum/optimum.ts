import type { Trace } from "../trace.js";
import { lightestPerfectMatching } from "./blossom.js";
import { certify } from "./certificate.js";
import { candidatesOf, pointsOf, UNITS, type Points } from "./plane.js";
import { violations } from "./violations.js";

/** Few enough to be fast, and so many that hardly a pair is missing. */
const PER_QUADRANT = 5;

/**
 * What the best pairing of a trace would have cost, in points, had all arrivals been known: proved, in every run.
 *
 * 1. The lightest perfect matching among likely pairs.
 * 2. Pairs that its duals do not rule out are added, until there are none among all.
 * 3. The certificate is checked.
 */
export function optimumOf(trace: Trace): number {
  return shortestOf(pointsOf(trace)) / UNITS;
}

/** The length of the shortest perfect matching of points, in units. */
export function shortestOf(points: Points, perQuadrant = PER_QUADRANT): number {
  const candidates = candidatesOf(points, perQuadrant);
  for (;;) {
    const solution = lightestPerfectMatching(candidates.build());
    const missing = violations(points, solution.duals).filter(([one, other]) => candidates.add(one, other));
    if (missing.length === 0) return certify(points, solution);
  }
}
