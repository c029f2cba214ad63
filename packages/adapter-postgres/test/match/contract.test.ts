import { sharedPostgres } from "@evenmatch/services/vitest";
import { describeMatchStore } from "@evenmatch/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { postgresMatchStore, type PostgresMatchStore } from "../../src/index.js";
import { TestDatabase } from "../databases.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  let cases = 0;
  describeMatchStore(
    { describe, it },
    {
      name: "PostgresMatchStore",
      async open() {
        const schema = `case ${++cases}`;
        const poolOfProcess = await database.migrated(schema);
        const stores: PostgresMatchStore[] = [];
        return {
          store() {
            const store = postgresMatchStore(poolOfProcess(), { schema });
            stores.push(store);
            return store;
          },
          async close() {
            await Promise.all(stores.map((store) => store.close()));
          },
        };
      },
    },
  );
});
