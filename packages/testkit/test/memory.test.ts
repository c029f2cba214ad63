import { MemoryEventBus, MemoryMatchStore, MemoryTicketStore, systemClock } from "@evenmatch/core";
import { describe, it } from "vitest";
import { describeEventBus, describeMatchStore, describeTicketStore } from "../src/index.js";

const retention = { retainMs: 60_000, dedupeMs: 600_000 };

describeTicketStore(
  { describe, it },
  {
    name: "MemoryTicketStore",
    capabilities: { uniquePer: "queue", joinNeedsOwner: false },
    retention,
    clock: systemClock(),
    async open() {
      const store = new MemoryTicketStore(retention);
      return { store: () => store, endLease: (lease) => store.endLease(lease), close: async () => {} };
    },
  },
);

describeMatchStore(
  { describe, it },
  {
    name: "MemoryMatchStore",
    async open() {
      const store = new MemoryMatchStore();
      return { store: () => store, close: async () => {} };
    },
  },
);

describeEventBus(
  { describe, it },
  {
    name: "MemoryEventBus",
    capabilities: { delivery: "at-least-once", groups: true },
    async open() {
      const bus = new MemoryEventBus();
      return { bus: () => bus, close: async () => {} };
    },
  },
);
