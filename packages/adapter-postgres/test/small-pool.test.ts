import { Matchmaker, OneVsOne } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import { migrate, postgresEventBus, postgresMatchStore, postgresTicketStore } from "../src/index.js";
import { TestDatabase } from "./databases.js";

describe.each(sharedPostgres())("a pool of two connections, on Postgres $version", (server) => {
  it("is enough for all that a process does", async () => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin);
    const pool = database.pool({ max: 2 });
    await using tickets = postgresTicketStore(pool);
    await using matches = postgresMatchStore(pool);
    await using events = postgresEventBus(pool);
    const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
    const matchmaker = new Matchmaker({ queues, tickets, matches, events });
    await matchmaker.start();
    const group: string[] = [];
    await events.subscribe((batch) => void group.push(...batch.map(({ type }) => type)), { group: "stats" });
    const find = (id: string) => matchmaker.find("duel", { region: "eu", players: [{ id, rating: 1500 }] });
    const found = await Promise.all(Array.from({ length: 20 }, (_, index) => find(`player ${index}`)));
    expect(new Set(found.map(({ id }) => id)).size).toBe(10);
    await expect.poll(() => group.filter((type) => type === "match.settled").length).toBe(10);
    expect((await matches.list({}, {})).matches).toHaveLength(10);
    await matchmaker.close();
  });
});
