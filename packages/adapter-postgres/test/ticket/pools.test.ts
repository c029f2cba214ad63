import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import { NOW, play, ticket } from "./worker.js";

describe.each(sharedPostgres())("pools on Postgres $version", (server) => {
  it("take one number each, however many processes join them", () =>
    play(server, {}, async ({ database, schema, join, worker }) => {
      await join("first");
      const stores = [1, 2, 3].map(() => worker().store);
      for (const [index, store] of stores.entries())
        await store.submit([{ type: "join", ticket: ticket(`later${index}`) }], { now: NOW });
      const west = { queue: "duel", region: "west" };
      await stores[0]!.submit([{ type: "join", ticket: ticket("last", west) }], { now: NOW });
      const rows = await database.rows(`SELECT id, name FROM ${schema}.pools ORDER BY id`);
      expect(rows).toEqual([
        { id: 1, name: "duel.eu" },
        { id: 2, name: "duel.west" },
      ]);
    }));
});
