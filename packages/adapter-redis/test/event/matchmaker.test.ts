import {
  Matchmaker,
  MemoryMatchStore,
  MemoryTicketStore,
  OneVsOne,
  type Delivery,
  type Match,
} from "@evenmatch/core";
import { sharedRedis } from "@evenmatch/services/vitest";
import { numbers } from "@evenmatch/services/vitest/adapter";
import { describe, expect, it } from "vitest";
import { EventsSubject, until } from "./subject.js";

/** Matchmakers of several processes, with events on Redis and everything else in memory. */
describe.each<Delivery>(["at-least-once", "at-most-once"])(
  "matchmakers that hear of each other through Redis, %s,",
  (delivery) => {
    const cluster = (subject: EventsSubject) => {
      const [tickets, matches] = [new MemoryTicketStore(), new MemoryMatchStore()];
      const queues = {
        duel: new OneVsOne({ maxRatingGap: 400 }),
        ready: { strategy: new OneVsOne({ maxRatingGap: 400 }), acceptance: { timeoutMs: 30_000 } },
      };
      const one = () => new Matchmaker({ queues, tickets, matches, events: subject.bus({ delivery }) });
      return { front: one(), other: one(), worker: one() };
    };
    const player = (id: string) => ({ region: "eu", players: [{ id, rating: 1_500 }] });
    const hasGroups = delivery === "at-least-once";

    it("tell each player of the match, whoever runs the pool", async () => {
      await using subject = new EventsSubject(sharedRedis());
      const { front, other, worker } = cluster(subject);
      const group: Match[] = [];
      const stop = new AbortController();
      const loop = async (): Promise<void> => {
        for await (const match of other.matches({ group: "stats", signal: stop.signal })) group.push(match);
      };
      await worker.start();
      const loops = hasGroups ? [loop(), loop()] : [];
      const key = `{${subject.prefix}:events:0}:group:stats`;
      await until(async () => !hasGroups || (await subject.admin.exists(key)) === 1);
      const found = await Promise.all(
        numbers(0, 100).map((index) => (index % 2 ? front : other).find("duel", player(`p${index}`))),
      );
      const ids = new Set(found.map(({ id }) => id));
      expect(ids.size).toBe(50);
      if (hasGroups) {
        await until(() => group.length >= 50);
        expect(group.map(({ id }) => id).sort()).toEqual([...ids].sort());
      }
      stop.abort();
      await Promise.all(loops);
      await Promise.all([front, other, worker].map((one) => one.close()));
    });

    it("ask for acceptance, answer and leave across processes", async () => {
      await using subject = new EventsSubject(sharedRedis());
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
  },
);
