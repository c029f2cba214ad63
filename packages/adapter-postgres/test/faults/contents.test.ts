import { randomUUID } from "node:crypto";
import { Matchmaker, OneVsOne, type Player } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { afterAll, beforeAll, describe, expect } from "vitest";
import {
  migrate,
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
  type PostgresTicketStore,
} from "../../src/index.js";
import { TestDatabase } from "../databases.js";
import { match, NOON } from "../match/making.js";
import { fault, refused } from "./row.js";
import { aTicket, join } from "./world.js";

const AWKWARD = `O'Hara "quoted" \\ back\`tick\` $1 $$body$$ %s {schema} --; DROP TABLE tickets; ё 漢字 🎲👩‍🚀`;

describe.each(sharedPostgres())("on Postgres $version", (server) => {
  let database: TestDatabase;
  // The longest name that Postgres takes, of what an unwary statement trips over.
  const schema = `it's "a" $$schema$$ {schema} 🎲`;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
    await migrate(database.admin, { schema });
  });
  afterAll(() => database[Symbol.asyncDispose]());

  /** What becomes of a player: by ticket, by pool, by match and by event. */
  async function throughEverything(player: Player): Promise<void> {
    await using tickets = postgresTicketStore(database.url, { schema });
    await using matches = postgresMatchStore(database.url, { schema });
    await using events = postgresEventBus(database.url, { schema });
    const ticket = aTicket({ players: [player] });
    const requestId = `request ${AWKWARD}`;
    const request = { type: "join", ticket, requestId } as const;
    expect(await tickets.submit([request], { now: NOON })).toEqual([{ type: "added", ticket }]);
    expect(await tickets.submit([request], { now: NOON })).toEqual([{ type: "same", ticket }]);
    const [found] = await tickets.read([{ type: "player", playerId: player.id, queue: "duo" }], {});
    expect(found).toMatchObject({ type: "ticket", ticket });

    const owned = tickets.own(["duo"], {})[Symbol.asyncIterator]();
    const { value: gained } = (await owned.next()) as { value: { type: string; waiting: unknown[] } };
    expect(gained).toMatchObject({ type: "gained", waiting: [{ ticket }] });
    await owned.return?.(undefined);

    const played = match(idOf(ticket, randomUUID()), [[ticket]], {
      assignment: { note: AWKWARD },
    });
    await matches.save([played], {});
    expect((await matches.get(played.id, {}))?.match).toEqual(played);
    expect((await matches.list({ playerId: player.id }, {})).matches).toEqual([{ match: played }]);
    expect(await matches.report(played.id, { winner: player.id, note: AWKWARD }, {})).toBe("reported");

    const heard: unknown[] = [];
    const subscription = await events.subscribe((some) => void heard.push(...some), {});
    const { queue, region, joinedAt: at } = ticket;
    const event = {
      v: 1,
      type: "ticket.joined",
      at,
      pool: { queue, region },
      seq: 1,
      data: { ticket },
    } as const;
    await events.publish([event], {});
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual([event]);
    await subscription.close();

    expect(await tickets.submit([{ type: "leave", ticketId: ticket.id }], { now: NOON })).toEqual([
      { type: "left" },
    ]);
  }

  fault("names and attributes with quotes, emoji and whatever SQL is made of", async () => {
    await throughEverything({ id: AWKWARD, rating: 1500, attributes: { [AWKWARD]: AWKWARD, name: AWKWARD } });
  });

  fault("attributes with NUL and halves of surrogate pairs", async () => {
    const odd = "a\0b \ud83c c \udfb2";
    await throughEverything({ id: "odd", rating: 1500, attributes: { odd, [odd]: [odd] } });
  });

  fault("attributes of 1 MB", async () => {
    const megabyte = "0123456789 'quoted' 🎲 ".repeat(50_000);
    await throughEverything({ id: "large", rating: 1500, attributes: { megabyte } });
  });

  fault("a player id with NUL", async (row) => {
    await using tickets: PostgresTicketStore = postgresTicketStore(database.url, { schema });
    const matchmaker = new Matchmaker({ queues: { duo: new OneVsOne({ maxRatingGap: 100 }) }, tickets });
    const joins = (id: string) => matchmaker.join("duo", { region: "eu", players: [{ id, rating: 1500 }] });
    await refused(row, { join: () => joins("a\0b") });
    // It is refused before it is sent, with whatever else is in its batch.
    const batch = await Promise.allSettled([joins("before"), joins("a\0b"), joins("after")]);
    expect(batch.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    await matchmaker.close();
  });

  fault("a player id with NUL that reaches the store", async (row) => {
    await using tickets: PostgresTicketStore = postgresTicketStore(database.url, { schema });
    const ticket = aTicket({ players: [{ id: "a\0b", rating: 1500 }] });
    await refused(row, { join: () => tickets.submit([join(ticket)], { now: NOON }) });
    expect(await tickets.submit([join(aTicket())], { now: NOON })).toMatchObject([{ type: "added" }]);
  });
});
