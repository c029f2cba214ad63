import { systemClock } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { describeTicketStore } from "@evenmatch/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { TestDatabase } from "../databases.js";
import { ticketStoreSubject } from "./subject.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const retention = { retainMs: 60_000, dedupeMs: 600_000 };
  describeTicketStore(
    { describe, it: (name, run) => it(name, run, 60_000) },
    {
      name: "PostgresTicketStore",
      capabilities: { uniquePer: "queue", joinNeedsOwner: false },
      retention,
      clock: systemClock(),
      patienceMs: 30_000,
      random: { runs: 25, shrinks: false },
      open: () => ticketStoreSubject(database, retention),
    },
  );
});
