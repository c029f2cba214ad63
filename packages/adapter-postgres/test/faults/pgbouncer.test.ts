import { Matchmaker, OneVsOne, type Match } from "@evenmatch/core";
import { startPgBouncer, type PgBouncer } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import {
  migrate,
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
  type PostgresOptions,
} from "../../src/index.js";
import type { TestDatabase } from "../databases.js";
import { fault, refused, works } from "./row.js";
import { migrated, started, Stores } from "./world.js";

/** Two processes on one database, each joining a player; resolves when both know of their match. */
async function play(url: string, options: PostgresOptions): Promise<Match[]> {
  const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
  const ports = [0, 1].map(() => ({
    tickets: postgresTicketStore(url, options),
    matches: postgresMatchStore(url, options),
    events: postgresEventBus(url, options),
  }));
  const matchmakers = ports.map((own) => new Matchmaker({ queues, ...own }));
  try {
    await Promise.all(matchmakers.map((matchmaker) => matchmaker.start()));
    const find = (matchmaker: (typeof matchmakers)[number], index: number) =>
      matchmaker.find("classic", { players: [{ id: `player ${index}`, rating: 1500 }] });
    return await Promise.all(matchmakers.map(find));
  } finally {
    await Promise.all(matchmakers.map((matchmaker) => matchmaker.close()));
    await Promise.all(ports.flatMap((own) => Object.values(own).map((port) => port.close())));
  }
}

describe.each(sharedPostgres())("behind PgBouncer, on Postgres $version", (server) => {
  let database: TestDatabase;
  let transactions: PgBouncer;
  let sessions: PgBouncer;
  beforeAll(async () => {
    database = await migrated(server);
    // Fewer connections than clients, so that they really share.
    transactions = await startPgBouncer({ upstream: server.url, mode: "transaction", poolSize: 3 });
    sessions = await startPgBouncer({ upstream: server.url, mode: "session" });
  });
  afterAll(async () => {
    await transactions.stop();
    await sessions.stop();
    await database[Symbol.asyncDispose]();
  });

  const plays = async (url: string, options: PostgresOptions) => {
    const [one, other] = await play(url, options);
    expect(one!.id).toBe(other!.id);
  };

  fault("PgBouncer in transaction mode, and `listen` names the server itself", async () => {
    await plays(transactions.urlOf(database.url), { listen: database.url });
  });

  fault("PgBouncer in transaction mode, and `pollMs` is given", async () => {
    await plays(transactions.urlOf(database.url), { pollMs: 50 });
  });

  fault("PgBouncer in transaction mode, and neither `listen` nor `pollMs` is given", async (row) => {
    await using stores = new Stores(transactions.urlOf(database.url));
    const own = async () => {
      for await (const _ of stores.tickets.own(["duo"], {})) expect.fail("it cannot run pools");
    };
    const subscribe = () => stores.events.subscribe(() => {}, {});
    const { own: error } = await refused(row, started({ own, subscribe }));
    expect(error!.remedy).toMatch(/`listen`.*`pollMs`/);
    // What needs no news works all the same.
    await works({ ...stores.calls, migrate: () => migrate(transactions.urlOf(database.url)) });
  });

  fault("PgBouncer in session mode", async () => {
    await plays(sessions.urlOf(database.url), {});
  });
});
