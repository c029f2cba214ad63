import { Matchmaker, MemoryEventBus, OneVsOne, systemClock } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { Broker, describeTicketStore, LogTicketStore, rng, type BrokerOptions } from "../src/index.js";

const retention = { retainMs: 60_000, dedupeMs: 600_000 };

/** Stores of one log, each with a name of its own, as processes have it. */
function open(options: BrokerOptions, askAgainMs: number) {
  const broker = new Broker(options);
  const stores: LogTicketStore[] = [];
  return {
    store: () => {
      const store = new LogTicketStore(broker, { process: `p${stores.length}`, askAgainMs, ...retention });
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
  { ...described, name: "LogTicketStore", open: async () => open({}, 1_000) },
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
      return open({ losesAnswer: () => chance.chance(1 / 3) }, 5);
    },
  },
);

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
