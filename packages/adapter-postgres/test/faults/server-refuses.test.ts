import { randomBytes } from "node:crypto";
import { canHaveSmallDisk, startPostgres, type PostgresServer } from "@evenmatch/services";
import { escapeIdentifier } from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe } from "vitest";
import { fullDatabase } from "./full-disk.js";
import { grants, migrate } from "../../src/index.js";
import type { TestDatabase } from "../databases.js";
import { fault, refused, works } from "./row.js";
import { Blockade, migrated, Stores } from "./world.js";

describe.each(["usual", "newest"] as const)("on Postgres, %s", (flavour) => {
  let server: PostgresServer;
  let database: TestDatabase;
  let hasSmallDisk = false;
  beforeAll(async () => {
    hasSmallDisk = await canHaveSmallDisk();
    server = await startPostgres(hasSmallDisk ? { flavour, smallDiskMegabytes: 24 } : { flavour });
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    database = await migrated(server);
  });
  afterEach(() => database[Symbol.asyncDispose]());

  /** What the superuser sets for who connects from now on. */
  const alter = (what: string) => database.admin.query(`alter database ${database.name} ${what}`);

  fault("a statement takes longer than `statement_timeout`", async (row) => {
    await using stores = new Stores(database.url);
    await alter("set statement_timeout = '200ms'");
    await using blockade = await Blockade.of(database);
    await refused(row, stores.calls);
    await blockade.release();
    // What waits for nobody may take that long on a busy machine.
    await alter("reset statement_timeout");
    await works(stores.calls);
  });

  fault("a lock is not had within `lock_timeout`", async (row) => {
    await using stores = new Stores(database.url);
    await alter("set lock_timeout = '100ms'");
    await using blockade = await Blockade.of(database);
    await refused(row, stores.calls);
    await blockade.release();
    await works(stores.calls);
  });

  fault("the server is read-only", async (row) => {
    await using stores = new Stores(database.pool());
    await works(stores.calls);
    await server.set({ default_transaction_read_only: true });
    try {
      const { read, list } = stores.calls;
      await refused(row, stores.writes);
      await works({ read: read!, list: list! });
    } finally {
      await server.set({ default_transaction_read_only: false });
    }
    await works(stores.calls);
  });

  fault("no space is left on the disk (53100)", async (row) => {
    // A page that is there already may have room for a few bytes, but not for so many.
    const note = randomBytes(30_000).toString("base64");
    await using full = await fullDatabase(server, hasSmallDisk);
    await using stores = new Stores(full.database.pool(), {}, note);
    await refused(row, stores.writes);
    await full.makeRoom();
    await works(stores.calls);
  });

  fault("the server has no connection to spare", async (row) => {
    const role = await database.role("busy");
    const name = escapeIdentifier(role);
    await database.admin.query(`${grants({ app: role })} alter role ${name} connection limit 0`);
    await using stores = new Stores(database.pool({ role }));
    await refused(row, stores.calls);
    await database.admin.query(`alter role ${name} connection limit -1`);
    await works(stores.calls);
  });

  fault("the role lacks a right", async (row) => {
    const role = await database.role("poor");
    await using stores = new Stores(database.pool({ role }));
    await refused(row, stores.calls);
    await database.admin.query(`grant usage on schema evenmatch to ${escapeIdentifier(role)}`);
    await refused(row, stores.calls);
    await database.admin.query(grants({ app: role }));
    await works(stores.calls);
  });

  fault("the password is wrong", async (row) => {
    const role = await database.role("new");
    const name = escapeIdentifier(role);
    await database.admin.query(`${grants({ app: role })} alter role ${name} password 'another'`);
    await using stores = new Stores(database.pool({ role }));
    await refused(row, stores.calls);
    await database.admin.query(`alter role ${name} password 'secret'`);
    await works(stores.calls);
  });

  fault("the database does not exist", async (row) => {
    const name = `missing_${database.name}`;
    const url = new URL(database.url);
    url.pathname = `/${name}`;
    await using stores = new Stores(url.href);
    await refused(row, stores.calls);
    await database.admin.query(`create database ${name}`);
    await migrate(url.href);
    await works(stores.calls);
  });
});
