import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { migrate, migrationScript, migrationStatus } from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { fault, refused, works } from "./row.js";
import { Stores } from "./world.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await TestDatabase.on(server);
  });
  afterEach(() => database[Symbol.asyncDispose]());

  const run = (sql: string) => database.admin.query(sql);

  fault("nobody has migrated", async (row) => {
    await using stores = new Stores(database.pool());
    await refused(row, stores.calls);
    await run("create schema evenmatch");
    await refused(row, stores.calls);
    await migrate(database.admin);
    await works(stores.calls);
  });

  fault("the schema is older than the adapter", async (row) => {
    await migrate(database.admin);
    await run("create table newest as select * from evenmatch.migrations order by version desc limit 1");
    await run("delete from evenmatch.migrations where version = (select version from newest)");
    await using stores = new Stores(database.pool());
    const { join } = await refused(row, stores.calls);
    expect(join!.remedy).toContain("evenmatch-postgres migrate");
    await run("insert into evenmatch.migrations table newest");
    await works(stores.calls);
  });

  fault("the schema is newer than the adapter", async (row) => {
    await migrate(database.admin);
    await run(
      "insert into evenmatch.migrations select max(version) + 1, 'next', '' from evenmatch.migrations",
    );
    await using stores = new Stores(database.pool());
    const calls = { ...stores.calls, migrate: () => migrate(database.admin) };
    const { join } = await refused(row, calls);
    expect(join!.remedy).toContain("Update @evenmatch/adapter-postgres");
    await run("delete from evenmatch.migrations where name = 'next'");
    await works(calls);
  });

  fault("a migration was changed", async (row) => {
    await migrate(database.admin);
    await run("update evenmatch.migrations set checksum = 'x' || checksum where version = 1");
    await using stores = new Stores(database.pool());
    const calls = { ...stores.calls, migrate: () => migrate(database.admin) };
    await refused(row, calls);
    await run("update evenmatch.migrations set checksum = substr(checksum, 2) where version = 1");
    await works(calls);
  });

  fault("the database is not in UTF8", async (row) => {
    await using narrow = await TestDatabase.on(server, { encoding: "LATIN1" });
    await using stores = new Stores(narrow.pool());
    const calls = { ...stores.calls, migrate: () => migrate(narrow.admin) };
    const before = await refused(row, calls);
    // As a dump brings it along.
    await narrow.admin.query(await migrationScript(database.admin));
    const after = await refused(row, calls);
    for (const error of [...Object.values(before), ...Object.values(after)]) {
      expect(error.message).toContain('received "LATIN1"');
      expect(error.remedy).toContain("ENCODING 'UTF8'");
    }
    await migrate(database.admin);
    await using wide = new Stores(database.pool());
    await works(wide.calls);
  });

  fault("a table of somebody else has the name of one of ours", async (row) => {
    await run("create schema evenmatch");
    await run("create table evenmatch.match_sessions (theirs text)");
    const before = await database.contents("evenmatch");
    const { migrate: error } = await refused(row, { migrate: () => migrate(database.admin) });
    expect(error!.message).toContain("match_sessions");
    expect(await database.contents("evenmatch")).toEqual(before);
    await run("alter table evenmatch.match_sessions rename to theirs");
    await migrate(database.admin);
    await using stores = new Stores(database.pool());
    await works(stores.calls);
    expect((await migrationStatus(database.admin)).state).toBe("current");
  });

  fault("one of our tables was replaced by somebody else's", async (row) => {
    await migrate(database.admin);
    await run("alter table evenmatch.match_sessions rename to ours");
    await run("create table evenmatch.match_sessions (theirs text)");
    await using stores = new Stores(database.pool());
    const { save, list } = stores.calls;
    await refused(row, { save: save!, list: list! });
    await run("drop table evenmatch.match_sessions");
    await refused(row, { save: save!, list: list! });
    await run("alter table evenmatch.ours rename to match_sessions");
    await works(stores.calls);
  });
});
