import { describe, expect, it } from "vitest";
import { describeEventBus, eventBusCases } from "../../src/contract/event-bus/cases.js";
import { brokenBuses } from "../broken/broken-buses.js";
import { PubSubBus } from "./pub-sub-bus.js";

describeEventBus(
  { describe, it },
  {
    name: "a bus that forgets",
    capabilities: { delivery: "at-most-once", groups: false },
    async open() {
      const bus = new PubSubBus();
      return { bus: () => bus, close: async () => {} };
    },
  },
);

describe("a broken event bus fails its own case and no other", () => {
  const capabilities = { delivery: "at-least-once", groups: true } as const;
  for (const { wrong, caseId, make } of brokenBuses) {
    it(`${caseId}: ${wrong}`, async () => {
      const failed: string[] = [];
      for (const one of eventBusCases(capabilities)) {
        const open = async () => {
          const bus = new make();
          return { bus: () => bus, close: async () => {} };
        };
        await one.run({ name: wrong, capabilities, patienceMs: 200, open }).catch(() => failed.push(one.id));
      }
      expect(failed).toEqual([caseId]);
    });
  }
});
