import { sharedPostgres } from "@evenmatch/services/vitest";
import { describe, expect, it } from "vitest";
import { migrate, postgresTicketStore } from "../../src/index.js";
import { TestDatabase } from "../databases.js";

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  it("leaves no owner behind when it is closed while its offer ends", async () => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin);
    const owners = () => database.rows("SELECT id FROM evenmatch.owners");
    const store = postgresTicketStore(database.url);
    const offer = new AbortController();
    const events = store.own(["duo"], { signal: offer.signal })[Symbol.asyncIterator]();
    const ended = events.next();
    await expect.poll(owners).toHaveLength(1);
    // As a matchmaker does: the offer is withdrawn, and the store closed at once.
    offer.abort();
    await store.close();
    expect(await owners()).toEqual([]);
    expect(await ended).toEqual({ done: true, value: undefined });
  });

  it("tells the others when it is closed, so that its pools move on at once", async () => {
    await using database = await TestDatabase.on(server);
    await migrate(database.admin);
    // News that are only found by looking would be found too late for this test.
    const options = { pollMs: 3_600_000, leaseMs: 3_600_000, listen: database.url };
    const leaving = postgresTicketStore(database.url, options);
    const ticket = {
      id: "duo.eu.t",
      queue: "duo",
      region: "eu",
      players: [{ id: "ann", rating: 1 }],
      joinedAt: 1,
    };
    const first = leaving.own(["duo"], {})[Symbol.asyncIterator]();
    await leaving.submit([{ type: "join", ticket }], { now: 1 });
    expect((await first.next()).value).toMatchObject({ type: "gained" });
    await using staying = postgresTicketStore(database.url, options);
    const second = staying.own(["duo"], {})[Symbol.asyncIterator]();
    const gained = second.next();
    await expect.poll(() => database.rows("SELECT FROM evenmatch.owners")).toHaveLength(2);
    await leaving.close();
    expect((await gained).value).toMatchObject({ type: "gained" });
  });
});
