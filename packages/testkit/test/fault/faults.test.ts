import { MemoryTicketStore, type OwnerEvent, type TicketStore } from "@evenmatch/core";
import { expect, it } from "vitest";
import { ManualClock } from "../../src/clock/manual-clock.js";
import { join, START, ticket } from "../../src/contract/ticket-store/making.js";
import { randomFaults, scriptedFaults, withFaults, type Fault } from "../../src/fault/faults.js";

const ann = ticket("ann");
const now = START;

function setUp(script: Record<string, (Fault | undefined)[]>): {
  store: MemoryTicketStore;
  faulty: TicketStore;
  clock: ManualClock;
} {
  const clock = new ManualClock();
  const store = new MemoryTicketStore();
  return { store, clock, faulty: withFaults(store, scriptedFaults(script), clock) };
}

async function isKept(store: TicketStore): Promise<boolean> {
  const [found] = await store.read([{ type: "ticket", ticketId: ann.id }], {});
  return found !== undefined;
}

/** What has happened when everything that was ready to run has run. */
async function stateOf(promise: Promise<unknown>): Promise<string> {
  let state = "pending";
  promise.then(
    () => (state = "resolved"),
    () => (state = "rejected"),
  );
  for (let turns = 0; turns < 20; turns++) await Promise.resolve();
  return state;
}

async function typesOf(events: AsyncIterable<OwnerEvent>): Promise<string[]> {
  const types: string[] = [];
  for await (const { type } of events) types.push(type);
  return types;
}

const unavailable = { code: "STORE_UNAVAILABLE", retryable: true };

it("fails before the call", async () => {
  const { store, faulty } = setUp({ submit: [{ type: "fail" }] });
  await expect(faulty.submit([join(ann)], { now })).rejects.toMatchObject(unavailable);
  expect(await isKept(store)).toBe(false);
  expect(await faulty.submit([join(ann)], { now })).toMatchObject([{ type: "added" }]);
});

it("loses the answer after the call", async () => {
  const { store, faulty } = setUp({ submit: [{ type: "lose-answer" }] });
  await expect(faulty.submit([join(ann)], { now })).rejects.toMatchObject(unavailable);
  expect(await isKept(store)).toBe(true);
});

it("repeats a call", async () => {
  const { faulty } = setUp({ submit: [{ type: "repeat" }] });
  expect(await faulty.submit([join(ann)], { now })).toMatchObject([{ type: "same" }]);
});

it("delays a call on the clock", async () => {
  const { store, faulty, clock } = setUp({ submit: [{ type: "delay", ms: 100 }] });
  const submitted = faulty.submit([join(ann)], { now });
  expect(await stateOf(submitted)).toBe("pending");
  expect(await isKept(store)).toBe(false);
  await clock.advance(100);
  expect(await submitted).toMatchObject([{ type: "added" }]);
});

it.each([
  ["stop-before", false],
  ["stop-after", true],
] as const)("never returns: %s", async (type, kept) => {
  const { store, faulty } = setUp({ submit: [{ type }] });
  expect(await stateOf(faulty.submit([join(ann)], { now }))).toBe("pending");
  expect(await isKept(store)).toBe(kept);
});

it("ends, cuts and fails an offer to own, which hands the pools over", async () => {
  const script: Fault[] = [
    { type: "end", afterEvents: 1 },
    { type: "cut", afterEvents: 1 },
    { type: "fail" },
  ];
  const { store, faulty } = setUp({ own: script });
  await store.submit([join(ann)], { now });
  expect(await typesOf(faulty.own(["duel"], {}))).toEqual(["gained"]);
  await expect(typesOf(faulty.own(["duel"], {}))).rejects.toMatchObject(unavailable);
  await expect(typesOf(faulty.own(["duel"], {}))).rejects.toMatchObject(unavailable);
  const [event] = [(await faulty.own(["duel"], {})[Symbol.asyncIterator]().next()).value as OwnerEvent];
  expect(event).toMatchObject({ type: "gained", lease: { fence: 3n } });
});

it("leaves what is not planned as it is, properties too", async () => {
  const port = { delivery: "at-least-once", publish: async (text: string) => text };
  const faulty = withFaults(port, () => undefined, new ManualClock());
  expect(faulty.delivery).toBe("at-least-once");
  expect(await faulty.publish("x")).toBe("x");
});

it("plans by chance, the same with the same chance", () => {
  const draws = [0.1, 0.9, 0.4, 0, 0.1, 0.2];
  const plan = (): (Fault | undefined)[] => {
    let index = 0;
    const next = randomFaults(() => draws[index++] ?? 0.99, {
      probability: { submit: 0.3 },
      faults: [{ type: "fail" }, { type: "repeat" }],
    });
    return ["submit", "submit", "submit", "read"].map((method, at) => next({ method, index: at, args: [] }));
  };
  expect(plan()).toEqual([{ type: "repeat" }, undefined, { type: "fail" }, undefined]);
  expect(plan()).toEqual(plan());
});
