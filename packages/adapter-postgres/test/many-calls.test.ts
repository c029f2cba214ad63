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
  const many = Array.from({ length: 30 }, () => ({ signal }));
  const queries = [{ type: "ticket", ticketId: "duel.eu.1" } as const];
  await Promise.all(many.map((options) => store.read(queries, options)));
  const pool = { queue: "duel", region: "eu" };
  const asked = many.map((options) => store.ask(pool, { type: "estimate", rating: 1_500 }, options));
  const unowned = { status: "rejected", reason: expect.objectContaining({ code: "NO_OWNER" }) as unknown };
  expect(await Promise.allSettled(asked)).toEqual(many.map(() => unowned));
  expect(warnings).toEqual([]);
});
