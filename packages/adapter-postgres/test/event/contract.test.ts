import { sharedPostgres } from "@evenmatch/services/vitest";
import { describeEventBus } from "@evenmatch/testkit";
import { afterAll, beforeAll, describe, it } from "vitest";
import { TestDatabase } from "../databases.js";
import { EventsSubject } from "./subject.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  describeEventBus(
    { describe, it: (name, run) => it(name, run, 60_000) },
    {
      name: "PostgresEventBus",
      capabilities: { delivery: "at-least-once", groups: true },
      patienceMs: 30_000,
      async open() {
        const subject = await EventsSubject.on(database);
        return { bus: () => subject.bus(), close: () => subject[Symbol.asyncDispose]() };
      },
    },
  );
});
