import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { startPostgres, type PostgresServer } from "@evenmatch/services";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { TestDatabase } from "../databases.js";
import { fault, refused, works } from "./row.js";
import { Blockade, migrated, started, Stores } from "./world.js";

describe.each(["usual", "newest"] as const)("on Postgres, %s", (flavour) => {
  let server: PostgresServer;
  let database: TestDatabase;
  beforeAll(async () => {
    server = await startPostgres({ flavour });
    database = await migrated(server);
  });
  afterAll(async () => {
    await database[Symbol.asyncDispose]();
    await server.stop();
  });

  fault("the server is not there at the start", async (row) => {
    await server.shutdown();
    await using stores = new Stores(database.url);
    await refused(row, stores.calls);
    await server.start();
    await works(stores.calls);
  });

  fault("the server stops and starts again", async (row) => {
    await using stores = new Stores(database.pool());
    await works(stores.calls);
    await server.shutdown();
    await refused(row, stores.calls);
    await server.start();
    await works(stores.calls);
  });

  fault("a process of the server is killed", async (row) => {
    await using stores = new Stores(database.pool({ max: 10 }));
    await works(stores.calls);
    await using blockade = await Blockade.of(database);
    const waiting = started(stores.calls);
    const [pid] = await blockade.waiting(Object.keys(waiting).length);
    await server.killBackend(pid!);
    await refused(row, waiting);
    await blockade.release();
    await server.ready();
    await works(stores.calls);
  });

  fault("the whole server is killed", async (row) => {
    await using stores = new Stores(database.pool());
    await works(stores.calls);
    await server.killPostmaster();
    await refused(row, stores.calls);
    await server.start();
    await works(stores.calls);
  });

  fault("the server stops while players wait for a match", async () => {
    await using stores = new Stores(database.pool());
    const { tickets, matches, events } = stores;
    const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
    const matchmaker = new Matchmaker({ queues, tickets, matches, events });
    const find = (id: string) => matchmaker.find("classic", { players: [{ id, rating: 1500 }] });
    const failed = new Promise((resolve) => matchmaker.on("error", resolve));
    await matchmaker.start();
    const ann = find("ann");
    await expect.poll(() => database.rows("select from evenmatch.live where player = 'ann'")).toHaveLength(1);
    await server.shutdown();
    const bob = find("bob");
    await failed;
    await server.start();
    const [one, other] = await Promise.all([ann, bob]);
    expect(one).toEqual(other);
    await matchmaker.close();
  });
});
