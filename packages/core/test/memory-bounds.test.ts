import {
  Fifo,
  MemoryEventBus,
  MemoryMatchStore,
  MemoryTicketStore,
  type BusEvent,
  type Match,
  type Ticket,
} from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { heard, solo, world } from "./world.js";

const pool = { queue: "duel", region: "eu" };

describe("MemoryMatchStore", () => {
  const matches = (count: number): Match[] =>
    Array.from({ length: count }, (_, index) => {
      return { ...pool, id: `duel.eu.${index}`, teams: [], quality: 1, createdAt: index };
    });

  it("keeps the newest matches, as many as it is told to", async () => {
    const store = new MemoryMatchStore({ keep: 3 });
    const saved = matches(8);
    for (const match of saved) await store.save([match], {});
    const page = await store.list({}, {});
    expect(page.matches.map(({ match }) => match)).toEqual(saved.slice(-3).reverse());
    expect(await store.get("duel.eu.4", {})).toBeUndefined();
    // What comes again does not push others out.
    await store.save([saved[7]!, saved[6]!], {});
    expect(await store.get("duel.eu.5", {})).toEqual({ match: saved[5] });
  });

  it("keeps 10,000 where nothing else is said", async () => {
    const store = new MemoryMatchStore();
    const saved = matches(10_001);
    await store.save(saved, {});
    expect(await store.get("duel.eu.0", {})).toBeUndefined();
    expect(await store.get("duel.eu.1", {})).toEqual({ match: saved[1] });
  });
});

describe("MemoryTicketStore", () => {
  const ids = (count: number): string[] => Array.from({ length: count }, (_, index) => `duel.eu.${index}`);

  /** How many of the first tickets are forgotten when so many have joined and left, and that no other is. */
  async function forgotten(store: MemoryTicketStore, count: number, requestId?: string): Promise<number> {
    const tickets = ids(count).map((id): Ticket => {
      return { ...pool, id, players: [{ id, rating: 1_500 }], joinedAt: 0 };
    });
    await store.submit(
      tickets.map((ticket) => ({ type: "join", ticket, requestId })),
      { now: 0 },
    );
    await store.submit(
      tickets.map(({ id }) => ({ type: "leave", ticketId: id })),
      { now: 0 },
    );
    // What is too much is forgotten with the next call.
    await store.submit([], { now: 0 });
    const found = await store.read(
      tickets.map(({ id }) => ({ type: "ticket", ticketId: id })),
      {},
    );
    const first = found.findIndex((status) => status !== undefined);
    expect(found.slice(first)).not.toContain(undefined);
    return first;
  }

  it("remembers the newest of the tickets that have ended, as many as it is told to", async () => {
    expect(await forgotten(new MemoryTicketStore({ retainCount: 3 }), 10)).toBe(7);
  });

  it("remembers 100,000 of them where nothing else is said", async () => {
    expect(await forgotten(new MemoryTicketStore(), 100_002)).toBe(2);
  });

  it("forgets none that was joined with a request id, however many they are", async () => {
    expect(await forgotten(new MemoryTicketStore({ retainCount: 3 }), 10, "r1")).toBe(0);
  });

  it("forgets as many finished matches, and no ticket or match that goes on", async () => {
    const { matchmaker, clock } = await world({
      queues: { duel: new Fifo() },
      tickets: new MemoryTicketStore({ retainCount: 2 }),
    });
    const claims = heard(matchmaker, "match.claimed");
    for (const id of ["a", "b", "c", "d", "e", "f", "g"]) await matchmaker.join("duel", solo(id));
    await clock.settle();
    await matchmaker.leave("duel.global.none");
    const kept = await Promise.all(claims.map(({ match }) => matchmaker.matchOf(match.id)));
    expect(kept.map((status) => status?.state)).toEqual([undefined, "delivered", "delivered"]);
    expect(await matchmaker.ticketOf("g", { queue: "duel" })).toMatchObject({ state: "waiting" });
  });
});

describe("MemoryEventBus", () => {
  const events = (count: number): BusEvent[] =>
    Array.from({ length: count }, (_, seq) => {
      return { v: 1, type: "match.delivered", at: 0, pool, seq, data: { matchId: `duel.eu.${seq}` } };
    });
  /** Lets handlers run until nothing more is ready. */
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it("keeps the newest 10,000 events for a group that has no member just now", async () => {
    const bus = new MemoryEventBus();
    await (await bus.subscribe(() => {}, { group: "rooms" })).close();
    for (const event of events(10_005)) await bus.publish([event], {});
    const seen: number[] = [];
    await bus.subscribe((batch) => void seen.push(...batch.map(({ seq }) => seq)), { group: "rooms" });
    await settled();
    expect([seen.length, seen[0], seen.at(-1)]).toEqual([10_000, 5, 10_004]);
  });

  it("gives up an event that is refused ten times more, and goes on with those behind it", async () => {
    const bus = new MemoryEventBus();
    let refusals = 0;
    const seen: number[][] = [];
    await bus.subscribe((batch) => {
      const seqs = batch.map(({ seq }) => seq);
      if (seqs.includes(0)) throw new Error(`try ${++refusals} is refused`);
      seen.push(seqs);
    }, {});
    await bus.publish(events(3), {});
    await settled();
    expect([refusals, seen]).toEqual([11, [[1, 2]]]);
  });

  it("gives up no event that is taken at last", async () => {
    const bus = new MemoryEventBus();
    let refusals = 0;
    const seen: number[] = [];
    await bus.subscribe((batch) => {
      if (refusals++ < 10) throw new Error("not yet");
      seen.push(...batch.map(({ seq }) => seq));
    }, {});
    await bus.publish(events(3), {});
    await settled();
    expect(seen).toEqual([0, 1, 2]);
  });
});
