import { Fifo, MemoryEventBus, MemoryTicketStore, OneVsOne } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { away, heard, solo, storeWith, world } from "./world.js";

it("a ticket that came back to another owner ends when no more heartbeats come, and is not asked about without end", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const store = new MemoryTicketStore({ clock });
  let expiries = 0;
  const tickets = storeWith(store, {
    decide: (lease, decisions, options) => {
      expiries += decisions.filter(({ type }) => type === "expire").length;
      return store.decide(lease, decisions, options);
    },
  });
  const queues = { ready: { strategy: new Fifo(), heartbeatMs: 15_000, acceptance: { timeoutMs: 60_000 } } };
  const ports = { queues, tickets, events: new MemoryEventBus(), clock };
  const first = (await world(ports, { seed: 1 })).matchmaker;
  const second = (await world(ports, { seed: 2, start: false })).matchmaker;
  const ann = await first.join("ready", solo("ann"));
  await clock.advance(14_000);
  await first.heartbeat([ann.id]);
  await first.join("ready", solo("bob"));
  await clock.settle();
  await second.start();
  const closing = first.close();
  await clock.advance(5_000);
  await closing;
  const { matchId } = (await second.ticketOf("ann", { queue: "ready" }))!;
  await second.decline(matchId!, "bob");
  await clock.advance(5_000);
  expect(await second.ticketOf("ann", { queue: "ready" })).toMatchObject({ state: "waiting" });
  // Fifteen seconds after her last sign of life she is gone.
  await clock.advance(6_000);
  expect(await second.ticketOf("ann", { queue: "ready" })).toBeUndefined();
  expect(expiries).toBeLessThan(15);
});

it("health tells of an outage of what only owners do while it lasts, and each is reported", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const store = new MemoryTicketStore({ clock });
  let isAway = false;
  const tickets = storeWith(store, {
    decide: (...args) => (isAway ? Promise.reject(away()) : store.decide(...args)),
  });
  const ports = { queues: { duel: new OneVsOne({ maxRatingGap: 100 }) }, tickets, clock };
  const events = new MemoryEventBus();
  const worker = await world({ ...ports, events }, { seed: 1 });
  const api = await world({ ...ports, events }, { seed: 2, start: false });
  for (let outage = 1; outage <= 2; outage++) {
    isAway = true;
    await api.matchmaker.join("duel", solo(`ann ${outage}`));
    await api.matchmaker.join("duel", solo(`bob ${outage}`));
    await clock.advance(3_000);
    expect(worker.matchmaker.health().status).toBe("degraded");
    isAway = false;
    await clock.advance(5_000);
    expect(worker.matchmaker.health()).toMatchObject({ status: "ready", waiting: 0 });
    expect(worker.problems).toHaveLength(outage);
  }
});

it("health tells of an offer that broke off until pools come again", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const store = new MemoryTicketStore({ clock });
  const cuts: (() => void)[] = [];
  const tickets = storeWith(store, {
    own: (queues, options) => {
      const inner = store.own(queues, options)[Symbol.asyncIterator]();
      const cut = new Promise<never>((_, reject) =>
        cuts.push(() => {
          reject(away());
          void inner.return!();
        }),
      );
      cut.catch(() => {});
      return {
        [Symbol.asyncIterator]: () => ({
          next: () => Promise.race([inner.next(), cut]),
          return: () => inner.return!(),
        }),
      };
    },
  });
  const { matchmaker, problems } = await world({
    queues: { duel: new OneVsOne({ maxRatingGap: 100 }) },
    tickets,
    clock,
  });
  await matchmaker.join("duel", solo("ann"));
  await clock.settle();
  cuts[0]!();
  await clock.settle();
  expect(matchmaker.health().status).toBe("degraded");
  await clock.advance(1_000);
  expect(matchmaker.health()).toMatchObject({ status: "ready", waiting: 1 });
  expect(problems).toHaveLength(1);
});

it("health tells of an offer that broke off until it lasts, also where no pool comes", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const store = new MemoryTicketStore({ clock });
  let fails = true;
  const tickets = storeWith(store, {
    own: (...args) => {
      if (!fails) return store.own(...args);
      fails = false;
      throw away();
    },
  });
  const queues = { duel: new OneVsOne({ maxRatingGap: 100 }) };
  const { matchmaker } = await world({ queues, tickets, clock });
  await clock.settle();
  expect(matchmaker.health().status).toBe("degraded");
  await clock.advance(1_500);
  expect(matchmaker.health().status).toBe("ready");
});

it("a ticket with heartbeats is asked about once for each of them", async () => {
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const store = new MemoryTicketStore({ clock });
  let expiries = 0;
  const tickets = storeWith(store, {
    decide: async (lease, decisions, options) => {
      // The news of a heartbeat comes before the answer.
      for (const decision of decisions)
        if (decision.type === "expire" && expiries++ === 0)
          await store.submit([{ type: "beat", ticketId: decision.ticketId }], { now: clock.now() });
      return store.decide(lease, decisions, options);
    },
  });
  const queues = { duel: { strategy: new OneVsOne({ maxRatingGap: 100 }), heartbeatMs: 6_000 } };
  const { matchmaker } = await world({ queues, tickets, clock });
  await matchmaker.join("duel", solo("ann"));
  await clock.advance(11_000);
  expect(expiries).toBe(1);
  await clock.advance(2_000);
  expect(await matchmaker.ticketOf("ann", { queue: "duel" })).toBeUndefined();
});

it("an assignment that no store can write down is one that failed", async () => {
  const allocator = { allocate: () => ({ port: 7_777n }), retries: 0, retryDelayMs: 100 };
  const queues = {
    duel: { strategy: new OneVsOne({ maxRatingGap: 100 }), allocator },
    other: new OneVsOne({ maxRatingGap: 100 }),
  };
  const { matchmaker, clock, problems } = await world({ queues });
  const gained = heard(matchmaker, "pool.gained");
  const released = heard(matchmaker, "ticket.released");
  await matchmaker.join("other", solo("eve"));
  await matchmaker.join("duel", solo("ann"));
  await matchmaker.join("duel", solo("bob"));
  await clock.advance(150);
  expect(released.map(({ reason }) => reason)).toEqual(["allocation", "allocation"]);
  expect(problems).toEqual(["ALLOCATION_FAILED"]);
  expect(gained).toHaveLength(2);
});

it("a strategy that failed is asked again at a wave", async () => {
  const pairs = new OneVsOne({ maxRatingGap: 100 });
  let fails = true;
  const moody = {
    propose: (...args: Parameters<OneVsOne["propose"]>) => {
      if (fails) throw new Error("not now");
      return pairs.propose(...args);
    },
    nextChange: () => Infinity,
  };
  const { matchmaker, clock } = await world({ queues: { duel: { strategy: moody, waveMs: 5_000 } } });
  const settled = heard(matchmaker, "match.settled");
  await matchmaker.join("duel", solo("ann"));
  await matchmaker.join("duel", solo("bob"));
  await clock.advance(5_000);
  fails = false;
  await clock.advance(5_000);
  expect(settled.map(({ match }) => match.createdAt % 5_000)).toEqual([0]);
});

it.each([new Date(0), new Map(), new Set([1]), /x/, new Error("x"), new Uint8Array(2)])(
  "the attribute %o is none",
  async (value) => {
    const { matchmaker } = await world({ queues: { duel: new OneVsOne({ maxRatingGap: 100 }) } });
    const players = [{ id: "ann", rating: 1, attributes: { odd: value as never } }];
    await expect(matchmaker.join("duel", { players })).rejects.toMatchObject({ code: "INVALID_ATTRIBUTE" });
  },
);
