import type { Millis, Player, Ticket } from "@evenmatch/core";
import fc from "fast-check";
import { SEED_VARIABLE } from "../random/seeded.js";
import type { StrategySubject } from "./subject.js";

/**
 * Tries a check on generated values. Throws, with the smallest value found for which it fails, and the seed and path
 * that lead there again.
 */
export function forAll<P extends Player, T>(
  { numRuns, seed, path }: StrategySubject<P>,
  values: fc.Arbitrary<T>,
  check: (value: T) => void,
): void {
  // fast-check counts seeds as signed numbers of 32 bits; ours are the same bits without a sign.
  const parameters = { numRuns, seed: seed | 0, ...(path !== undefined && { path }) };
  const found = fc.check(fc.property(values, check), parameters);
  if (!found.failed) return;
  const cause = found.errorInstance;
  const where = `seed: ${seed}, path: ${JSON.stringify(found.counterexamplePath)}`;
  throw new Error(
    `${cause instanceof Error ? cause.message : String(cause)}\n` +
      `Failed in run ${found.numRuns}, made smaller ${found.numShrinks} times. ` +
      `Replay with the options { ${where} }, or all cases with ${SEED_VARIABLE}=${seed}.\n` +
      `Smallest failing case: ${fc.stringify(found.counterexample)}`,
    { cause },
  );
}

/** Tries a check on generated pools, and an instant at which all their tickets have joined. */
export function forAllPools<P extends Player>(
  subject: StrategySubject<P>,
  check: (tickets: readonly Ticket<P>[], now: Millis) => void,
): void {
  const waited = fc.oneof(fc.constantFrom(0, 1), fc.nat(500), fc.nat(60_000));
  forAll(subject, fc.record({ tickets: subject.tickets, waited }), ({ tickets, waited }) => {
    const latest = tickets.reduce((time, { joinedAt }) => Math.max(time, joinedAt), 0);
    check(tickets, latest + waited);
  });
}
