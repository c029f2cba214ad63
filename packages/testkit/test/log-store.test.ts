import { Matchmaker, MemoryEventBus, OneVsOne, systemClock, type OwnerEvent } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { join, match, POOL, START, ticket, ticketQueries } from "../src/contract/ticket-store/making.js";
import {
  Broker,
  describeTicketStore,
  LogTicketStore,
  rng,
  ticketStoreCases,
  type LogTicketStoreOptions,
} from "../src/index.js";
import { brokenCalls } from "./broken/broken-calls.js";
import { brokenLives } from "./broken/broken-life.js";
import { brokenLogs, SilentBroker } from "./broken/broken-logs.js";
import { brokenOwning } from "./broken/broken-owning.js";

const retention = { retainMs: 60_000, dedupeMs: 600_000 };

/** Stores of one log, each with a name of its own, as processes have it. */
function open<Log extends Broker>(
  broker: Log,
  askAgainMs = 1_000,
  Store: new (broker: Log, options: LogTicketStoreOptions) => LogTicketStore = LogTicketStore,
) {
  const stores: LogTicketStore[] = [];
  return {
    store: () => {
      const store = new Store(broker, { process: `p${stores.length}`, askAgainMs, ...retention });
      stores.push(store);
      return store;
    },
    endLease: (lease: Parameters<LogTicketStore["endLease"]>[0]) =>
      stores.forEach((store) => store.endLease(lease)),
    close: async () => {},
  };
}

const described = {
  capabilities: { uniquePer: "pool", joinNeedsOwner: true },
  retention,
  clock: systemClock(),
} as const;

describeTicketStore(
  { describe, it },
  { ...described, name: "LogTicketStore", open: async () => open(new Broker()) },
);

// Every third answer never arrives: the request is sent again, takes no effect again, and is answered the same.
describeTicketStore(
  { describe, it },
  {
    ...described,
    name: "LogTicketStore that loses answers",
    random: { runs: 30 },
    open: async () => {
      const chance = rng(7);
      return open(new Broker({ losesAnswer: () => chance.chance(1 / 3) }), 5);
    },
  },
);

// What they decide in their ignorance is refused by the log alone.
describeTicketStore(
  { describe, it },
  {
    ...described,
    name: "LogTicketStore whose owners are not told",
    random: { runs: 30 },
    open: async () => open(new SilentBroker()),
  },
);

describe("the fence", () => {
  const now = START;

  /** A pool with two who wait in it, an owner that does not know that its time is over, and its successor. */
  async function handOver(broker: Broker) {
    const { store } = open(broker);
    const [first, second] = [store(), store()];
    const old = first.own(["duel"], {})[Symbol.asyncIterator]();
    const tickets = [ticket("ann"), ticket("bob")];
    const joined = first.submit(tickets.map(join), { now });
    const { lease: stale } = (await old.next()).value as OwnerEvent;
    await joined;
    const next = second.own(["duel"], {})[Symbol.asyncIterator]();
    broker.expire(POOL);
    const { lease } = (await next.next()).value as OwnerEvent;
    return { first, second, old, stale, lease, tickets };
  }

  it("refuses what an owner decides that does not know that it is stale, and none of it takes effect", async () => {
    const broker = new SilentBroker();
    const { first, second, old, stale, lease, tickets } = await handOver(broker);
    const log = await broker.log(POOL, 0);
    expect(stale.lost.aborted).toBe(false);
    const claim = { type: "claim", match: match("stale", tickets) } as const;
    await expect(first.decide(stale, [claim], { now })).rejects.toMatchObject({ code: "LEASE_LOST" });
    expect(await broker.log(POOL, 0)).toEqual(log);
    expect(stale.lost.aborted).toBe(true);
    const heard = [(await old.next()).value, (await old.next()).value] as OwnerEvent[];
    expect(heard.map(({ type }) => type)).toEqual(["changed", "lost"]);

    const free = await second.read(
      [...ticketQueries(tickets), { type: "match", matchId: claim.match.id }],
      {},
    );
    expect(free).toMatchObject([{ state: "waiting" }, { state: "waiting" }, undefined]);
    const other = { type: "claim", match: match("newest", tickets) } as const;
    expect(await second.decide(lease, [other], { now })).toEqual([{ type: "claimed" }]);
  });

  it("refuses what such an owner takes up, so that a request takes effect once and is answered by the other", async () => {
    const broker = new SilentBroker();
    const { second, old, stale } = await handOver(broker);
    const cat = ticket("cat");
    expect(await second.submit([join(cat)], { now })).toEqual([{ type: "added", ticket: cat }]);
    const heard = [(await old.next()).value, (await old.next()).value] as OwnerEvent[];
    expect(heard.map(({ type }) => type)).toEqual(["changed", "lost"]);
    expect(stale.lost.aborted).toBe(true);
    const joins = (await broker.log(POOL, 0)).flatMap((record) =>
      record.type === "decided" ? record.changes.filter((change) => change.type === "joined") : [],
    );
    expect(joins.map((change) => change.ticket.players[0]?.id)).toEqual(["ann", "bob", "cat"]);
  });
});

describe("a broken store on a log fails its own case and no other", () => {
  const { capabilities } = described;
  const cases = ticketStoreCases(capabilities).filter(({ id }) => id !== "random");

  for (const { wrong, caseId, log = SilentBroker, store } of brokenLogs) {
    it(`${caseId}: ${wrong}`, async () => {
      const failed: string[] = [];
      const harness = { ...described, name: wrong, open: async () => open(new log(), 1_000, store) };
      for (const one of cases) await one.run(harness).catch(() => failed.push(one.id));
      expect(failed).toEqual([caseId]);
    });
  }

  it("every case has a store that fails it, on a log or elsewhere", () => {
    const found = new Set(
      [...brokenLives, ...brokenCalls, ...brokenOwning, ...brokenLogs].map(({ caseId }) => caseId),
    );
    expect(cases.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
  });
});

it("a pool that goes from one process to another and back in one turn has an owner", async () => {
  const broker = new Broker();
  const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };
  const made = ["one", "other"].map((process) => {
    const tickets = new LogTicketStore(broker, { process, ...retention });
    return new Matchmaker({ queues, tickets, events: new MemoryEventBus() });
  });
  const [one] = made as [Matchmaker<typeof queues>];
  await Promise.all(made.map((matchmaker) => matchmaker.start()));
  await one.join("classic", { players: [{ id: "ann", rating: 1_500 }] });
  const pool = { queue: "classic", region: "global" };
  broker.expire(pool);
  broker.expire(pool);
  await one.join("classic", { players: [{ id: "bob", rating: 9_000 }] });
  expect(made.map((matchmaker) => matchmaker.health().pools).sort()).toEqual([0, 1]);
  await Promise.all(made.map((matchmaker) => matchmaker.close()));
});
