import assert from "node:assert/strict";

/** What a test runner needs to have: the `describe` and `it` of Vitest, Jest, Mocha or `node:test` fit. */
export interface ContractRunner {
  /** Groups tests. */
  readonly describe: (name: string, define: () => void) => unknown;
  /** Defines a test. */
  readonly it: (name: string, run: () => Promise<void>) => unknown;
}

/** One promise of a port, and the proof of it. */
export interface ContractCase<Harness> {
  /** Names the case, also in the reports of other languages; it never changes its meaning. */
  readonly id: string;
  /** What an implementation promises, in one sentence. */
  readonly promise: string;
  /** Rejects when the promise is broken. Opens and closes a namespace of its own. */
  run(harness: Harness): Promise<void>;
}

/**
 * Defines one test for each case, and one at the end that fails when a case was left out: a contract that can be
 * empty is no contract. Runners that choose tests by name leave that one out with the others.
 */
export function describeContract<Harness extends { readonly name: string }>(
  { describe, it }: ContractRunner,
  port: string,
  cases: readonly ContractCase<Harness>[],
  harness: Harness,
): void {
  const ran = new Set<string>();
  describe(`${harness.name} is a ${port}`, () => {
    for (const one of cases) {
      it(`${one.id}: ${one.promise}`, async () => {
        ran.add(one.id);
        await one.run(harness);
      });
    }
    it(`all ${cases.length} cases ran`, async () => {
      const missed = cases.filter(({ id }) => !ran.has(id)).map(({ id }) => id);
      assert.deepEqual(missed, [], "every case of the contract runs; none may be skipped or filtered away");
    });
  });
}
