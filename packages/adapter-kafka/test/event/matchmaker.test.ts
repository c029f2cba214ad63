import { Matchmaker, MemoryMatchStore, MemoryTicketStore, OneVsOne, type Match } from "@evenmatch/core";
import { sharedKafka } from "@evenmatch/services/vitest";
import { numbers } from "@evenmatch/services/vitest/adapter";
import { describe, expect, it } from "vitest";
import { EventsSubject, until } from "./subject.js";

/** Matchmakers of several processes, with events on Kafka and everything else in memory. */
describe("matchmakers that hear of each other through Kafka", () => {
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

  it("tell each player of the match, whoever runs the pool, and a group of each match once", async () => {
    await using subject = await EventsSubject.open(sharedKafka());
    const { front, other, worker } = cluster(subject);
    const group: Match[] = [];
    const stop = new AbortController();
    const loop = async (of: typeof front): Promise<void> => {
      for await (const match of of.matches({ group: "stats", signal: stop.signal })) group.push(match);
    };
    await worker.start();
    const loops = [loop(other), loop(front)];
    const admin = subject.kafka.admin();
    await admin.connect();
    await until(async () => {
      const [described] = (await admin.describeGroups([`${subject.topic}-stats`])).groups;
      return described?.state === "Stable" && described.members.length === 2;
    });
    await until(async () => {
      const [places] = await admin.fetchOffsets({
        groupId: `${subject.topic}-stats`,
        topics: [subject.topic],
      });
      return places?.partitions.every(({ offset }) => offset !== "-1");
    });
    await admin.disconnect();
    const found = await Promise.all(
      numbers(0, 100).map((index) => (index % 2 ? front : other).find("duel", player(`p${index}`))),
    );
    const ids = new Set(found.map(({ id }) => id));
    expect(ids.size).toBe(50);
    await until(() => group.length >= 50);
    expect(group.map(({ id }) => id).sort()).toEqual([...ids].sort());
    stop.abort();
    await Promise.all(loops);
    await Promise.all([front, other, worker].map((one) => one.close()));
  });

  it("ask for acceptance, answer and leave across processes", async () => {
    await using subject = await EventsSubject.open(sharedKafka());
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
