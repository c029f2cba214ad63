import {
  MemoryEventBus,
  MemoryMatchStore,
  type BusEvent,
  type EventBus,
  type MatchStore,
  type Subscription,
} from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../src/clock/manual-clock.js";
import { turn } from "../../src/contract/patience.js";
import { event, seqs } from "../../src/contract/event-bus/stage.js";
import { match, ticket } from "../../src/contract/ticket-store/making.js";
import { scriptedFaults, withFaults, type Fault } from "../../src/fault/faults.js";
import { killable } from "../../src/fault/killable.js";

const unavailable = { code: "STORE_UNAVAILABLE", retryable: true };
const one = match("m", [ticket("ann"), ticket("bob")]);

/** What is neither resolved nor rejected when everything that was ready to run has run. */
async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isDone = false;
  const done = (): void => void (isDone = true);
  promise.then(done, done);
  await turn();
  return !isDone;
}

/** A bus that counts its subscriptions, which it makes when something else is done. */
class CountingBus extends MemoryEventBus {
  open = 0;

  constructor(private readonly made = Promise.resolve()) {
    super();
  }

  override async subscribe(): Promise<Subscription> {
    await this.made;
    this.open++;
    return {
      close: async () => {
        this.open--;
      },
    };
  }
}

/** Subscribes; what comes is in `heard`. */
async function listen(bus: EventBus, group?: string) {
  const heard: BusEvent[] = [];
  const subscription = await bus.subscribe((events) => void heard.push(...events), { group });
  return { heard, subscription };
}

describe("a match store with faults", () => {
  function setUp(script: Record<string, Fault[]>): {
    store: MatchStore;
    faulty: MatchStore;
    clock: ManualClock;
  } {
    const clock = new ManualClock();
    const store = new MemoryMatchStore();
    return { store, clock, faulty: withFaults<MatchStore>(store, scriptedFaults(script), clock) };
  }
  const saved = async (store: MatchStore): Promise<boolean> => (await store.get(one.id, {})) !== undefined;

  it.each([
    ["fail", false],
    ["lose-answer", true],
  ] as const)("says that it is unavailable: %s", async (type, isSaved) => {
    const { store, faulty } = setUp({ save: [{ type }] });
    await expect(faulty.save([one], {})).rejects.toMatchObject(unavailable);
    expect(await saved(store)).toBe(isSaved);
  });

  it("gets a report twice, and answers the second", async () => {
    const { store, faulty } = setUp({ report: [{ type: "repeat" }] });
    await store.save([one], {});
    expect(await faulty.report(one.id, { winner: 0 }, {})).toBe("already");
  });

  it("is asked later, or never", async () => {
    const { store, faulty, clock } = setUp({ save: [{ type: "delay", ms: 100 }, { type: "stop-before" }] });
    const late = faulty.save([one], {});
    expect([await isPending(late), await saved(store)]).toEqual([true, false]);
    await clock.advance(100);
    await late;
    expect(await saved(store)).toBe(true);
    expect(await isPending(faulty.save([one], {}))).toBe(true);
  });
});

describe("a bus with faults", () => {
  function setUp(script: Record<string, Fault[]>): { bus: EventBus; faulty: EventBus } {
    const bus = new MemoryEventBus();
    return { bus, faulty: withFaults<EventBus>(bus, scriptedFaults(script), new ManualClock()) };
  }

  it("publishes never, without saying so, and twice", async () => {
    const script: Fault[] = [{ type: "fail" }, { type: "lose-answer" }, { type: "repeat" }];
    const { bus, faulty } = setUp({ publish: script });
    expect(faulty.delivery).toBe("at-least-once");
    const { heard } = await listen(bus);
    await expect(faulty.publish([event(0)], {})).rejects.toMatchObject(unavailable);
    await expect(faulty.publish([event(1)], {})).rejects.toMatchObject(unavailable);
    await faulty.publish([event(2)], {});
    await turn();
    expect(seqs(heard)).toEqual([1, 2, 2]);
  });

  it("subscribes once where calls are repeated: nobody could close the first of two", async () => {
    const { bus, faulty } = setUp({ subscribe: [{ type: "repeat" }] });
    const { heard, subscription } = await listen(faulty);
    await bus.publish([event(0)], {});
    await turn();
    expect(seqs(heard)).toEqual([0]);
    await subscription.close();
    await bus.publish([event(1)], {});
    await turn();
    expect(seqs(heard)).toEqual([0]);
  });

  it.each(["fail", "lose-answer"] as const)(
    "leaves nothing subscribed of what it says has failed: %s",
    async (type) => {
      const { bus, faulty } = setUp({ subscribe: [{ type }] });
      const heard: unknown[] = [];
      await expect(faulty.subscribe((events) => void heard.push(...events), {})).rejects.toMatchObject(
        unavailable,
      );
      await bus.publish([event(0)], {});
      await turn();
      expect(heard).toEqual([]);
    },
  );
});

describe("a killed process", () => {
  it("gets nothing of a match store, and saves nothing more", async () => {
    const store = new MemoryMatchStore();
    const process = killable<MatchStore>(store);
    await process.port.save([one], {});
    process.kill();
    const other = match("other", [ticket("cat"), ticket("dan")]);
    const calls = [process.port.get(one.id, {}), process.port.list({}, {}), process.port.save([other], {})];
    expect(await Promise.all(calls.map(isPending))).toEqual([true, true, true]);
    expect((await store.list({}, {})).matches).toEqual([{ match: one }]);
    await process.bury();
  });

  it("is told of no event, and publishes none", async () => {
    const bus = new MemoryEventBus();
    const process = killable<EventBus>(bus);
    expect(process.port.delivery).toBe("at-least-once");
    const { heard } = await listen(process.port);
    const { heard: others } = await listen(bus);
    await bus.publish([event(0)], {});
    await turn();
    process.kill();
    await bus.publish([event(1)], {});
    expect(await isPending(process.port.publish([event(2)], {}))).toBe(true);
    expect([seqs(heard), seqs(others)]).toEqual([[0], [0, 1]]);
    await process.bury();
  });

  it("acknowledges nothing; buried, the others of its group get what it left", async () => {
    const bus = new MemoryEventBus();
    const process = killable<EventBus>(bus);
    let finish = (): void => {};
    const running = new Promise<void>((resolve) => (finish = resolve));
    await process.port.subscribe(() => running, { group: "g" });
    await bus.publish([event(0)], {});
    await turn();
    process.kill();
    finish();
    const { heard } = await listen(bus, "g");
    await bus.publish([event(1)], {});
    await turn();
    expect(seqs(heard)).toEqual([]);
    await process.bury();
    await turn();
    expect(seqs(heard)).toEqual([0, 1]);
  });

  it("closes nothing when it is dead", async () => {
    const bus = new CountingBus();
    const process = killable<EventBus>(bus);
    const { subscription } = await listen(process.port);
    process.kill();
    expect(await isPending(subscription.close())).toBe(true);
    expect(bus.open).toBe(1);
    await process.bury();
    expect(bus.open).toBe(0);
  });

  it.each(["before", "after"])("leaves no subscription that is made %s it is buried", async (when) => {
    let made = (): void => {};
    const bus = new CountingBus(new Promise((resolve) => (made = resolve)));
    const process = killable<EventBus>(bus);
    const subscribing = process.port.subscribe(() => {}, {});
    process.kill();
    if (when === "after") await process.bury();
    made();
    expect(await isPending(subscribing)).toBe(true);
    if (when === "before") await process.bury();
    expect(bus.open).toBe(0);
  });

  it("has closed what it closed before", async () => {
    const bus = new MemoryEventBus();
    const process = killable<EventBus>(bus);
    const { heard, subscription } = await listen(process.port);
    await subscription.close();
    await bus.publish([event(0)], {});
    await turn();
    expect(heard).toEqual([]);
    await process.bury();
  });
});
