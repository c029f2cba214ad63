import { sharedPostgres } from "@evenmatch/services/vitest";
import { playConflicts, playMixedBatches } from "@evenmatch/services/vitest/adapter";
import { expect, it } from "vitest";
import { quoted } from "../../src/connection/options.js";
import { TestDatabase } from "../databases.js";
import { ticketStoreSubject } from "./subject.js";

const [server] = sharedPostgres();

it("answers batches in which everything builds on everything as if sent one by one", async () => {
  await using database = await TestDatabase.on(server!);
  const subject = await ticketStoreSubject(database);
  try {
    await playMixedBatches(subject.store(), async (life, region) => {
      const [row] = await database.rows<{ waiting: number; live: string }>(
        `SELECT p.waiting, (SELECT count(*) FROM ${quoted(subject.schema)}.live v WHERE v.pool = p.id AND v.is_first) AS live
             FROM ${quoted(subject.schema)}.pools p WHERE region = $1`,
        [region],
      );
      const states = [...life.tickets.values()].map(({ state }) => state);
      expect(row?.waiting).toBe(states.filter((state) => state === "waiting").length);
      expect(Number(row?.live)).toBe(
        states.filter((state) => state === "waiting" || state === "claimed").length,
      );
    });
  } finally {
    await subject.close();
  }
});

it("names the ticket of the first player who is in the way, also one that leaves later in the same batch", async () => {
  await using database = await TestDatabase.on(server!);
  const subject = await ticketStoreSubject(database);
  await playConflicts(subject.store());
  await subject.close();
});
