import { postgresRequest, startProxy, type TcpProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { Pool } from "pg";
import { afterEach, beforeEach, describe, expect } from "vitest";
import { migrate } from "../../src/index.js";
import type { TestDatabase } from "../databases.js";
import { NOON } from "../match/making.js";
import { fault, refused, works } from "./row.js";
import { Blockade, join, migrated, aTicket, started, Stores } from "./world.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let url = "";
  beforeEach(async () => {
    database = await migrated(server);
    proxy = await startProxy(server.url);
    url = proxy.urlOf(database.url);
  });
  afterEach(async () => {
    await proxy.close();
    await database[Symbol.asyncDispose]();
  });

  fault("the network refuses connections", async (row) => {
    await using stores = new Stores(url);
    await works(stores.calls);
    await proxy.refuse();
    proxy.cut();
    await refused(row, stores.calls);
    await proxy.accept();
    await works(stores.calls);
  });

  fault("a connection is cut while a call waits for its answer", async (row) => {
    await using stores = new Stores(url);
    await works(stores.calls);
    await using blockade = await Blockade.of(database);
    // A migration is a transaction, on a connection that it has for itself.
    const calls = { ...stores.calls, migrate: () => migrate(url) };
    const waiting = started(calls);
    await blockade.waiting(Object.keys(waiting).length);
    proxy.cut();
    await refused(row, waiting);
    await blockade.release();
    await works(calls);
  });

  fault("an idle connection of a pool is cut, and the application does not listen for that", async () => {
    // What nobody listens for would end the process.
    const pool = new Pool({ connectionString: url });
    const stores = new Stores(pool);
    await works(stores.calls);
    expect(pool.idleCount).toBeGreaterThan(0);
    // One that listens is made anew at once, so that the pool need not be seen empty; and of one that is still connecting
    // the driver does not say that it is removed.
    const idle = pool.idleCount;
    let removed = 0;
    pool.on("remove", () => removed++);
    proxy.cut();
    await expect.poll(() => removed, { timeout: 15_000 }).toBeGreaterThanOrEqual(idle);
    await works(stores.calls);
    await stores[Symbol.asyncDispose]();
    await pool.end();
  });

  fault("the network loses everything and tells nobody", async (row) => {
    await using stores = new Stores(url, { timeoutMs: 3_000 });
    await works(stores.calls);
    proxy.halfOpen();
    await refused(row, stores.calls);
    await proxy.restore();
    await works(stores.calls);
  });

  fault("the answer is lost", async (row) => {
    await using stores = new Stores(url);
    const ticket = aTicket();
    const submit = () => stores.tickets.submit([join(ticket)], { now: NOON });
    await works(stores.calls);
    const lost = proxy.loseAnswer(postgresRequest(".submit("));
    await refused(row, { submit });
    await lost;
    // It was done: the same again is no second ticket.
    expect(await submit()).toEqual([{ type: "same", ticket }]);
  });
});
