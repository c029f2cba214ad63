import { systemClock } from "@evenmatch/core";
import { describe, it } from "vitest";
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
