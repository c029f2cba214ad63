import { systemClock } from "@evenmatch/core";
import { sharedRedis } from "@evenmatch/services/vitest";
import { describeTicketStore } from "@evenmatch/testkit";
import { describe, it } from "vitest";
import { placeOn, ticketStoreSubject } from "./subject.js";

const server = sharedRedis();
const retention = { retainMs: 60_000, dedupeMs: 600_000 };

describe(`on Redis ${server.version}`, () => {
  describeTicketStore(
    { describe, it: (name, run) => it(name, run, 60_000) },
    {
      name: "RedisTicketStore",
      capabilities: { uniquePer: "queue", joinNeedsOwner: false },
      retention,
      clock: systemClock(),
      random: { runs: 25, shrinks: false },
      open: async () => ticketStoreSubject(placeOn(server), retention),
    },
  );
});
