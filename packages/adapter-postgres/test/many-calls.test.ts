import { sharedPostgres } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished } from "vitest";
import { migrate, postgresTicketStore } from "../src/index.js";
import { TestDatabase } from "./databases.js";

it("many calls with one signal, as all of a matchmaker have, do not look like a leak", async () => {
  await using database = await TestDatabase.on(sharedPostgres()[0]!);
  await migrate(database.admin);
  await using store = postgresTicketStore(database.pool());
  const warnings: Error[] = [];
  const hear = (warning: Error): void => void warnings.push(warning);
  process.on("warning", hear);
  onTestFinished(() => void process.off("warning", hear));
  const { signal } = new AbortController();
  await Promise.all(
    Array.from({ length: 30 }, () => store.read([{ type: "ticket", ticketId: "duel.eu.1" }], { signal })),
  );
  expect(warnings).toEqual([]);
});
