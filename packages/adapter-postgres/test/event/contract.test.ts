import { sharedPostgres } from "@evenmatch/services/vitest";
import { describeEventBus } from "@evenmatch/testkit";
import { describe, it } from "vitest";
import { postgresEventBus, type PostgresEventBus } from "../../src/index.js";
import { TestDatabase } from "../databases.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  describeEventBus(
    { describe, it },
    {
      name: "PostgresEventBus",
      capabilities: { delivery: "at-least-once", groups: true },
      async open() {
        const database = await TestDatabase.on(server);
        const poolOfProcess = await database.migrated();
        const buses: PostgresEventBus[] = [];
        return {
          bus() {
            const bus = postgresEventBus(poolOfProcess());
            buses.push(bus);
            return bus;
          },
          async close() {
            await Promise.all(buses.map((bus) => bus.close()));
            await database[Symbol.asyncDispose]();
          },
        };
      },
    },
  );
});
