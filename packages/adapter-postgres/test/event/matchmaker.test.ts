import { Matchmaker, MemoryMatchStore, MemoryTicketStore, OneVsOne, type Match } from "@evenmatch/core";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { numbers } from "@evenmatch/services/vitest/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestDatabase } from "../databases.js";
import { EventsSubject, until } from "./subject.js";

/** Matchmakers of several processes, with events on Postgres and everything else in memory. */
describe.each(sharedPostgres())("matchmakers that hear of each other through Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const cluster = (subject: EventsSubject) => {
    const [tickets, matches] = [new MemoryTicketStore(), new MemoryMatchStore()];
    const queues = {
      duel: new OneVsOne({ maxRatingGap: 400 }),
      ready: { strategy: new OneVsOne({ maxRatingGap: 400 }), acceptance: { timeoutMs: 30_000 } },
    };
    const one = () => new Matchmaker({ queues, tickets, matches, events: subject.bus() });
    return { front: one(), other: one(), worker: one() };
  };
  const player = (id: string) => ({ region: "eu", players: [{ id, rating: 1_500 }] });

  it("tell each player of the match, whoever runs the pool", async () => {
    await using subject = await EventsSubject.on(database);
    const { front, other, worker } = cluster(subject);
    const all: Match[] = [];
    const group: Match[] = [];
    const stop = new AbortController();
    const loop = async (into: Match[], name?: string): Promise<void> => {
      for await (const match of other.matches({ group: name, signal: stop.signal })) into.push(match);
    };
    await worker.start();
    const loops = [loop(all), loop(group, "stats"), loop(group, "stats")];
    await until(async () => (await subject.rows("SELECT FROM {schema}.event_groups")).length === 1);
    const found = await Promise.all(
      numbers(0, 100).map((index) => (index % 2 ? front : other).find("duel", player(`p${index}`))),
    );
    expect(new Set(found.map(({ id }) => id)).size).toBe(50);
    await until(() => all.length >= 50 && group.length >= 50);
    const ids = (list: readonly Match[]) => list.map(({ id }) => id).sort();
    expect([ids(all), ids(group)]).toEqual([[...new Set(ids(found))], [...new Set(ids(found))]]);
    stop.abort();
    await Promise.all(loops);
    await Promise.all([front, other, worker].map((one) => one.close()));
  });

  it("ask for acceptance, answer and leave across processes", async () => {
    await using subject = await EventsSubject.on(database);
    const { front, other, worker } = cluster(subject);
    await worker.start();
    for (const matchmaker of [front, other])
      matchmaker.on("readyCheck", ({ id, teams }) => {
        for (const { players } of teams.flat()) void matchmaker.accept(id, players[0]!.id).catch(() => {});
      });
    const [one, two] = await Promise.all([
      front.find("ready", player("a")),
      other.find("ready", player("b")),
    ]);
    expect(one.id).toBe(two.id);
    const ended: string[] = [];
    front.on("ended", ({ ticket, reason }) => ended.push(`${ticket.players[0]!.id} ${reason}`));
    const ticket = await front.join("duel", player("c"));
    await other.leave(ticket.id);
    await until(() => ended.length > 0);
    expect(ended).toEqual(["c left"]);
    await Promise.all([front, other, worker].map((each) => each.close()));
  });
});
