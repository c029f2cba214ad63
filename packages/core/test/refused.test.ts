import {
  EvenmatchError,
  Fifo,
  MemoryEventBus,
  MemoryTicketStore,
  ticketsOf,
  type Decision,
  type TicketStore,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { heard, solo, storeWith, teamsOf, world } from "./world.js";

/** A store that is never going to take some decisions, as one is whose records have an end. */
function refusing(clock: ManualClock, isTooLarge: (decision: Decision) => boolean) {
  const store = new MemoryTicketStore({ clock });
  const seen = { offers: 0, calls: 0, refusals: 0 };
  const others: Partial<TicketStore> = {
    own: (...args) => {
      seen.offers++;
      return store.own(...args);
    },
    decide: (lease, decisions, options) => {
      seen.calls++;
      if (!decisions.some(isTooLarge)) return store.decide(lease, decisions, options);
      if (decisions.length === 1) seen.refusals++;
      const details = { rule: "a match is not that large", remedy: "Send less." };
      return Promise.reject(new EvenmatchError("INVALID_REQUEST", details));
    },
  };
  return { tickets: storeWith(store, others), seen };
}

const hasHeavy = (decision: Decision): boolean =>
  decision.type === "claim" && ticketsOf(decision.match).some(({ players }) => players[0]?.id === "heavy");

describe("a claim that the store will never take", () => {
  it("keeps nobody waiting who has no part in it, and is tried again only now and then", async () => {
    const clock = new ManualClock();
    const { tickets, seen } = refusing(clock, hasHeavy);
    const { matchmaker, problems } = await world({ queues: { duel: new Fifo() }, tickets, clock });
    const settled = heard(matchmaker, "match.settled");
    const lost = heard(matchmaker, "pool.lost");
    for (const id of ["heavy", "ann", "bob", "cid"]) await matchmaker.join("duel", solo(id));
    for (const id of ["dee", "eve"]) await matchmaker.join("duel", solo(id, 1500, "eu"));
    await clock.settle();
    expect(settled.map(({ match }) => teamsOf(match).flat())).toEqual([
      ["bob", "cid"],
      ["dee", "eve"],
    ]);
    await clock.advance(19_000);
    expect([seen.offers, lost]).toEqual([1, []]);
    expect(seen.refusals).toBeGreaterThan(1);
    expect(seen.refusals).toBeLessThan(15);
    expect(problems).toEqual(Array<string>(seen.refusals).fill("INVALID_REQUEST"));
  });

  it("is matched once the store takes it", async () => {
    const clock = new ManualClock();
    let isTooLarge = hasHeavy;
    const { tickets } = refusing(clock, (decision) => isTooLarge(decision));
    const { matchmaker } = await world({ queues: { duel: new Fifo() }, tickets, clock });
    const settled = heard(matchmaker, "match.settled");
    for (const id of ["heavy", "ann"]) await matchmaker.join("duel", solo(id));
    await clock.advance(10_000);
    expect(settled).toEqual([]);
    isTooLarge = () => false;
    await clock.advance(5_000);
    expect(settled.map(({ match }) => teamsOf(match).flat())).toEqual([["heavy", "ann"]]);
  });

  it("does not bring back who leaves meanwhile, and others meet", async () => {
    const clock = new ManualClock();
    const { tickets } = refusing(clock, hasHeavy);
    const { matchmaker } = await world({ queues: { duel: new Fifo() }, tickets, clock });
    const settled = heard(matchmaker, "match.settled");
    const heavy = await matchmaker.join("duel", solo("heavy"));
    await matchmaker.join("duel", solo("ann"));
    await clock.settle();
    expect(await matchmaker.leave(heavy.id)).toBe("left");
    await matchmaker.join("duel", solo("bob"));
    await clock.advance(5_000);
    expect(settled.map(({ match }) => teamsOf(match).flat())).toEqual([["ann", "bob"]]);
    expect(matchmaker.health()).toMatchObject({ waiting: 0, watched: 0 });
  });

  it("does not keep its tickets alive beyond their time", async () => {
    const clock = new ManualClock();
    const { tickets, seen } = refusing(clock, hasHeavy);
    const queues = { duel: { strategy: new Fifo(), ticketTtlMs: 5_000 } };
    const { matchmaker } = await world({ queues, tickets, clock });
    const expired = heard(matchmaker, "ticket.expired");
    for (const id of ["heavy", "ann"]) await matchmaker.join("duel", solo(id));
    await clock.advance(20_000);
    expect(expired.map(({ ticket }) => ticket.players[0]?.id)).toEqual(["heavy", "ann"]);
    expect(seen.refusals).toBe(3);
  });

  it("is found among many with few calls, in which the others keep their order", async () => {
    const clock = new ManualClock();
    const { tickets, seen } = refusing(clock, hasHeavy);
    const queues = { duel: { strategy: new Fifo(), waveMs: 1_000 } };
    const { matchmaker } = await world({ queues, tickets, clock });
    const settled = heard(matchmaker, "match.settled");
    const names = Array.from({ length: 400 }, (_, index) => (index === 123 ? "heavy" : `p${index}`));
    await Promise.all(names.map((id) => matchmaker.join("duel", solo(id))));
    await clock.advance(1_000);
    const others = names.filter((_, index) => index !== 122 && index !== 123);
    expect(settled.flatMap(({ match }) => teamsOf(match).flat())).toEqual(others);
    expect(seen.calls).toBeLessThan(50);
  });

  it("is a lost one in what the pass tells", async () => {
    const clock = new ManualClock();
    const { tickets } = refusing(clock, hasHeavy);
    const queues = { duel: { strategy: new Fifo(), waveMs: 1_000 } };
    const { matchmaker } = await world({ queues, tickets, clock });
    const passes = heard(matchmaker, "pass");
    await Promise.all(["heavy", "ann", "bob", "cid"].map((id) => matchmaker.join("duel", solo(id))));
    await clock.advance(5_000);
    const [pass] = passes.filter(({ proposals }) => proposals.length > 0);
    expect(pass).toMatchObject({ waiting: 4, won: [expect.any(String)] });
    expect(pass?.lost).toEqual([{ matchId: expect.any(String) as string, gone: [] }]);
  });

  it("does not hold up who takes over", async () => {
    const clock = new ManualClock();
    const { tickets } = refusing(clock, hasHeavy);
    const ports = { queues: { duel: new Fifo() }, tickets, events: new MemoryEventBus(), clock };
    const first = (await world(ports, { seed: 1 })).matchmaker;
    for (const id of ["heavy", "ann"]) await first.join("duel", solo(id));
    await clock.settle();
    const closing = first.close();
    await clock.advance(100);
    await closing;
    const second = (await world(ports, { seed: 2 })).matchmaker;
    await clock.advance(100);
    expect(second.health()).toMatchObject({ pools: 1 });
  });
});

describe("an assignment that the store will never take", () => {
  it("is a failed allocation: everybody goes back to their place, and is matched when there is a better one", async () => {
    const clock = new ManualClock();
    const { tickets, seen } = refusing(
      clock,
      (decision) => decision.type === "settle" && JSON.stringify(decision.assignment).length > 100,
    );
    let tries = 0;
    const allocator = (): { connection: string } => ({ connection: "x".repeat(++tries > 2 ? 10 : 1_000) });
    const queues = { duel: { strategy: new Fifo(), allocator } };
    const { matchmaker, problems } = await world({ queues, tickets, clock });
    const released = heard(matchmaker, "ticket.released");
    const settled = heard(matchmaker, "match.settled");
    for (const id of ["ann", "bob"]) await matchmaker.join("duel", solo(id));
    await clock.advance(5_000);
    expect([seen.offers, problems]).toEqual([1, ["INVALID_REQUEST", "INVALID_REQUEST"]]);
    expect(released.map(({ reason }) => reason)).toEqual(Array<string>(4).fill("allocation"));
    expect(settled.map(({ match }) => [teamsOf(match).flat(), match.assignment])).toEqual([
      [["ann", "bob"], { connection: "x".repeat(10) }],
    ]);
  });
});
