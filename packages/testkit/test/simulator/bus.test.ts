import {
  Matchmaker,
  MemoryEventBus,
  MemoryTicketStore,
  OneVsOne,
  type BusEvent,
  type Match,
} from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/clock/manual-clock.js";
import { rng } from "../../src/random/seeded.js";
import { faultyBus, type BusFaults } from "../../src/simulator/bus.js";

describe("a faulty bus", () => {
  it.each<[string, BusFaults, number[]]>([
    ["loses every second event", { losesEvery: 2 }, [1, 3, 5, 7]],
    ["repeats events", { repeats: 1 }, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]],
    ["delays events, in their order", { delayMs: 300 }, [1, 2, 3, 4, 5, 6, 7, 8]],
    ["loses all events", { loses: 1 }, []],
  ])("%s", async (_, faults, expected) => {
    const clock = new ManualClock();
    const bus = faultyBus(new MemoryEventBus(), faults, { clock, rng: rng(1) });
    const heard: number[] = [];
    await bus.subscribe((events) => void heard.push(...events.map(({ seq }) => seq)), {});
    for (let seq = 1; seq <= 8; seq++) await bus.publish([eventOf(seq)], {});
    await clock.advance(1_000);
    expect(heard).toEqual(expected);
  });

  it("says what it keeps", () => {
    const around = { clock: new ManualClock(), rng: rng(1) };
    expect(faultyBus(new MemoryEventBus(), { losesEvery: 2 }, around).delivery).toBe("at-most-once");
    expect(faultyBus(new MemoryEventBus(), { repeats: 0.5, delayMs: 5 }, around).delivery).toBe(
      "at-least-once",
    );
  });

  it.each([1, 2, 3])(
    "that loses every second event keeps no find and no watcher waiting for 2 s, seed %i",
    async (seed) => {
      const clock = new ManualClock();
      const chance = rng(seed);
      const bus = faultyBus(new MemoryEventBus(), { losesEvery: 2 }, { clock, rng: chance });
      const tickets = new MemoryTicketStore({ clock });
      const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
      const servers = [1, 2, 3].map(
        () => new Matchmaker({ queues, tickets, events: bus, clock, random: chance.random }),
      );
      const settledAt = new Map<string, number>();
      for (const server of servers) {
        server.on("match.settled", ({ data, at }) => settledAt.set(data.match.id, at));
        await server.start();
      }
      const late: number[] = [];
      const told = (match: Match): number => late.push(clock.now() - settledAt.get(match.id)!);
      const all: Promise<unknown>[] = [];
      for (let player = 0; player < 400; player++) {
        const request = { players: [{ id: `p${player}`, rating: 1_500 }], region: chance.pick(["eu", "na"]) };
        const [here, there] = chance.shuffle(servers);
        if (player % 2 === 0) all.push(here!.find("classic", request).then(told));
        else
          all.push(
            here!
              .join("classic", request)
              .then(({ id }) => there!.watch(id))
              .then(told),
          );
        await clock.advance(chance.int(0, 50));
      }
      await clock.advance(2_000);
      const left = await Promise.all(
        ["eu", "na"].map((region) =>
          servers[0]!.join("classic", { players: [{ id: region, rating: 1_500 }], region }),
        ),
      );
      await clock.advance(2_000);
      await Promise.all(servers.map((server) => server.close()));
      await Promise.allSettled(all);
      expect(left).toHaveLength(2);
      expect(late.length).toBeGreaterThanOrEqual(400);
      expect(Math.max(...late)).toBeLessThanOrEqual(2_000);
      // The bus did lose what was waited for: somebody heard of a match from the store alone.
      expect(Math.max(...late)).toBeGreaterThan(500);
    },
  );
});

function eventOf(seq: number): BusEvent {
  const pool = { queue: "classic", region: "eu" };
  return { v: 1, type: "match.delivered", at: 0, pool, seq, data: { matchId: `m${seq}` } };
}
