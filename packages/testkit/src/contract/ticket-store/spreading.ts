import assert from "node:assert/strict";
import type { PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { same } from "../equal.js";
import type { ContractCase } from "../contract.js";
import type { TicketStoreHarness } from "./harness.js";
import { Stage } from "./stage.js";
import type { Watcher } from "./watcher.js";

const POOLS: readonly PoolKey[] = Array.from({ length: 9 }, (_, index) => ({
  queue: "duel",
  region: `r${index}`,
}));

/** Waits until every pool has exactly one of these owners, and no two owners differ by more than one pool. */
function even(stage: Stage, owners: readonly Watcher[]): Promise<Map<string, Watcher>> {
  return stage.until(`${POOLS.length} pools to spread over ${owners.length} owners`, () => {
    const owned = owners.flatMap((owner) => owner.pools().map((pool) => [pool, owner] as const));
    const counts = owners.map((owner) => owner.pools().length);
    const isEven = Math.max(...counts) - Math.min(...counts) <= 1;
    const map = new Map(owned);
    return isEven && owned.length === POOLS.length && map.size === POOLS.length && map;
  });
}

function moved(before: ReadonlyMap<string, Watcher>, after: ReadonlyMap<string, Watcher>): string[] {
  return [...after].filter(([pool, owner]) => before.get(pool) !== owner).map(([pool]) => pool);
}

/** Who owns what. */
export const spreadCases: readonly ContractCase<TicketStoreHarness>[] = [
  {
    id: "spread-evenly",
    promise: "pools spread over the owners so that no two differ by more than one, each pool with one owner",
    run: (harness) =>
      Stage.play(harness, async (stage, first) => {
        for (const pool of POOLS) await stage.ready(first, pool);
        const owners = [first];
        for (let count = 2; count <= 4; count++) {
          owners.push(await stage.watch());
          await even(stage, owners);
        }
        await owners.shift()?.close();
        await even(stage, owners);
      }),
  },
  {
    id: "spread-calmly",
    promise: "no more pools move than must, and none between owners that stay",
    run: (harness) =>
      Stage.play(harness, async (stage, first) => {
        for (const pool of POOLS) await stage.ready(first, pool);
        const second = await stage.watch();
        const ofTwo = await even(stage, [first, second]);
        const third = await stage.watch();
        const ofThree = await even(stage, [first, second, third]);
        const came = moved(ofTwo, ofThree);
        same(
          came.map((pool) => ofThree.get(pool) === third),
          [true, true, true],
          "three of nine pools move, to who came",
        );
        const had = third.pools();
        await third.close();
        const ofTwoAgain = await even(stage, [first, second]);
        same(moved(ofThree, ofTwoAgain).sort(), had, "only the pools of who left move");
      }),
  },
  {
    id: "spread-offered",
    promise: "an owner gets pools of the queues it offers to run, and no others",
    run: (harness) =>
      Stage.empty(harness, async (stage) => {
        const duels = await stage.watch(["duel"]);
        const squads = await stage.watch(["squad"]);
        const regions = ["eu", "us"];
        for (const region of regions) {
          await stage.mark(duels, { queue: "duel", region });
          await stage.mark(squads, { queue: "squad", region });
        }
        same(
          duels.pools(),
          regions.map((region) => nameOf({ queue: "duel", region })),
          "who offers duel",
        );
        same(
          squads.pools(),
          regions.map((region) => nameOf({ queue: "squad", region })),
          "who offers squad",
        );
        await squads.close();
        await stage.mark(duels, { queue: "duel", region: "eu" });
        assert.ok(
          duels.holdings.every(({ lease }) => lease.pool.queue === "duel"),
          "never one of another queue",
        );
      }),
  },
];
