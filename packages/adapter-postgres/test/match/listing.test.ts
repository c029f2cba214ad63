import { MemoryMatchStore } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { rng, withSeed } from "@evenmatch/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { migrate, postgresMatchStore } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { match, NOON, ticket } from "./making.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  let schemas = 0;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  async function opened() {
    const schema = `s${++schemas}`;
    await migrate(database.admin, { schema });
    return { store: postgresMatchStore(database.pool(), { schema }) };
  }

  it("tells every millisecond from the next, in each of the ways to ask", async () => {
    const { store } = await opened();
    const times = [0, 1, 999, NOON, NOON + 1, 9_007_199_254_740, 9_007_199_254_741, Number.MAX_SAFE_INTEGER];
    const matches = times.map((createdAt) =>
      match(`duo.eu.${createdAt}`, [[ticket(`t${createdAt}`, [{ id: "ann", rating: 1 }])]], { createdAt }),
    );
    await store.save(matches, {});
    for (const one of matches) {
      const { createdAt } = one;
      for (const filter of [{}, { queue: "duo" }, { playerId: "ann" }, { playerId: "ann", queue: "duo" }]) {
        const page = await store.list({ ...filter, from: createdAt, until: createdAt + 1 }, {});
        expect(page.matches).toEqual([{ match: one }]);
      }
    }
    const all = [...matches].reverse().map((one) => ({ match: one }));
    expect((await store.list({ from: -Infinity, until: Infinity }, {})).matches).toEqual(all);
    expect((await store.list({ from: Infinity }, {})).matches).toEqual([]);
    expect((await store.list({ until: -Infinity }, {})).matches).toEqual([]);
    expect((await store.list({ from: 0.5, until: 998.5 }, {})).matches).toEqual([{ match: matches[1] }]);
  });

  it("lists what a store in memory lists, for any filter", () =>
    withSeed(async (seed) => {
      const { store } = await opened();
      const memory = new MemoryMatchStore();
      const chance = rng(seed);
      const pick = (count: number): number => chance.int(0, count - 1);
      const matches = Array.from({ length: 300 }, (_, index) => {
        const queue = ["duo", "solo", "rare"][Math.min(pick(30), 2)] as string;
        const names = ["ann", "bob", "cat", "dan"].slice(pick(3)).slice(0, 2);
        const teams = names.map((name) => [
          ticket(`${queue}.eu.${index}${name}`, [{ id: name, rating: pick(9) }]),
        ]);
        return match(`${queue}.eu.m${index}`, teams, { queue, createdAt: NOON + pick(60) });
      });
      for (const one of [store, memory]) await one.save(matches, {});
      for (let round = 0; round < 200; round++) {
        const filter = {
          ...(pick(2) && { playerId: ["ann", "bob", "nobody"][pick(3)] as string }),
          ...(pick(2) && { queue: ["duo", "rare", "none"][pick(3)] as string }),
          ...(pick(2) && { from: NOON + pick(70) }),
          ...(pick(2) && { until: NOON + pick(70) }),
          limit: 1 + pick(40),
        };
        let after: string | undefined;
        do {
          const page = await store.list({ ...filter, after }, {});
          expect(page, JSON.stringify({ ...filter, after })).toEqual(
            await memory.list({ ...filter, after }, {}),
          );
          after = page.next;
        } while (after !== undefined);
      }
    }));
});
