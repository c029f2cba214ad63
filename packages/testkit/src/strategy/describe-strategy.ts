import type { Player } from "@evenmatch/core";
import { strategyLaws } from "./laws.js";
import { strategySubject, type StrategyOptions } from "./subject.js";

/** The two functions of a test runner that are needed: those of Vitest, Jest and node:test fit. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): unknown;
  /** Defines a test. */
  it(name: string, body: () => void): unknown;
}

/**
 * Holds a strategy to the laws that all strategies keep: one test for each law, on generated pools and changes. A
 * failing test prints the smallest case found, and the seed and path that replay it.
 *
 * @example
 * ```ts
 * import { describe, it } from "node:test";
 * import { OneVsOne } from "@evenmatch/core";
 * import { describeStrategy } from "@evenmatch/testkit";
 *
 * describeStrategy(
 *   { describe, it },
 *   { name: "classic", create: () => new OneVsOne({ maxRatingGap: 100 }), shape: { teams: 2, teamSize: 1 } },
 * );
 * ```
 */
export function describeStrategy<P extends Player>(runner: TestRunner, options: StrategyOptions<P>): void {
  const subject = strategySubject(options);
  runner.describe(`${options.name} keeps the laws of strategies`, () => {
    for (const law of strategyLaws) {
      if (law.concerns?.(subject) === false) continue;
      runner.it(`${law.id}: ${law.promise}`, () => law.run(subject));
    }
  });
}
