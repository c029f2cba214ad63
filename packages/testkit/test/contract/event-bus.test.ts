import { describe, expect, it } from "vitest";
import { describeEventBus, eventBusCases } from "../../src/contract/event-bus/cases.js";
import { brokenBuses, brokenPubSubBuses } from "../broken/broken-buses.js";
import { PubSubBus } from "./pub-sub-bus.js";

const keeping = { delivery: "at-least-once", groups: true } as const;
const forgetting = { delivery: "at-most-once", groups: false } as const;

describeEventBus(
  { describe, it },
  {
    name: "a bus that forgets",
    capabilities: forgetting,
    async open() {
      const bus = new PubSubBus();
      return { bus: () => bus, close: async () => {} };
    },
  },
);

describe("a broken event bus fails its own case and no other", () => {
  const kinds = [
    { capabilities: keeping, buses: brokenBuses },
    { capabilities: forgetting, buses: brokenPubSubBuses },
  ];
  for (const { capabilities, buses } of kinds) {
    for (const { wrong, caseId, make } of buses) {
      it(`${caseId}: ${wrong}`, async () => {
        const failed: string[] = [];
        for (const one of eventBusCases(capabilities)) {
          const open = async () => {
            const bus = new make();
            return { bus: () => bus, close: async () => {} };
          };
          await one
            .run({ name: wrong, capabilities, patienceMs: 200, open })
            .catch(() => failed.push(one.id));
        }
        expect(failed).toEqual([caseId]);
      });
    }
  }

  it("every case has a bus that fails it", () => {
    const found = new Set([...brokenBuses, ...brokenPubSubBuses].map(({ caseId }) => caseId));
    const cases = kinds.flatMap(({ capabilities }) => eventBusCases(capabilities));
    expect(cases.map(({ id }) => id).filter((id) => !found.has(id))).toEqual([]);
  });
});
