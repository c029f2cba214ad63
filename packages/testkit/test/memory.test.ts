import { MemoryTicketStore, systemClock } from "@evenmatch/core";
import { describe, it } from "vitest";
import { describeTicketStore } from "../src/contract/ticket-store/cases.js";

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
