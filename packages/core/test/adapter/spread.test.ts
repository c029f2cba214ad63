import { spread } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { spread as plainly } from "../../src/cluster/spread.js";

type Placed = ReadonlyMap<number, string | undefined>;
type OwnersOf = (pool: number) => readonly string[];

const NAMES = ["ann", "bob", "cid", "dan", "eve"];

/** Owners of a few queues, in orders of their own, and pools of these queues: with an owner, with one that is gone, or none. */
const stands = fc
  .record({
    queues: fc.array(fc.shuffledSubarray(NAMES), { minLength: 1, maxLength: 4 }),
    pools: fc.array(
      fc.record({ queue: fc.nat(), owner: fc.option(fc.constantFrom(...NAMES, "gone"), { nil: undefined }) }),
      { maxLength: 60 },
    ),
    isOneList: fc.boolean(),
  })
  .map(({ queues, pools, isOneList }): { placed: Placed; ownersOf: OwnersOf } => {
    const listOf = (pool: number): string[] => queues[pools[pool]!.queue % queues.length]!;
    return {
      placed: new Map(pools.map(({ owner }, pool) => [pool, owner])),
      ownersOf: (pool) => (isOneList ? listOf(pool) : [...listOf(pool)]),
    };
  });

describe("spreading pools over owners", () => {
  it("comes to what the plain rule comes to, in the same order", () => {
    fc.assert(
      fc.property(stands, ({ placed, ownersOf }) => {
        expect([...spread(placed, ownersOf)]).toEqual([...plainly(placed, ownersOf)]);
      }),
      { numRuns: 2_000 },
    );
  });

  it("comes to the same where one owner has everything, whoever joins", () => {
    const placed = new Map(Array.from({ length: 200 }, (_, pool) => [pool, "ann"]));
    const ownersOf = (pool: number): string[] => NAMES.slice(0, 1 + (pool % NAMES.length));
    expect([...spread(placed, ownersOf)]).toEqual([...plainly(placed, ownersOf)]);
  });

  it("asks once for the owners of each pool, however many move", () => {
    for (const owner of [undefined, "ann", "gone"]) {
      let asked = 0;
      const placed = new Map(Array.from({ length: 1_000 }, (_, pool) => [pool, owner]));
      const changes = spread(placed, () => {
        asked++;
        return ["ann", "bob"];
      });
      expect(changes.size).toBeGreaterThanOrEqual(500);
      expect(asked).toBe(1_000);
    }
  });
});
