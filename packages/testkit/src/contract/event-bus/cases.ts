import assert from "node:assert/strict";
import type { BusEvent, PoolKey } from "@evenmatch/core";
import { describeContract, type ContractCase, type ContractRunner } from "../contract.js";
import { rejectsAs, rejectsWith, same } from "../equal.js";
import { turn } from "../patience.js";
import { POOL } from "../ticket-store/making.js";
import type { EventBusCapabilities, EventBusHarness } from "./harness.js";
import { busCase, event, events, everyType, seqs } from "./stage.js";

type Case = ContractCase<EventBusHarness>;

const OVERSEAS: PoolKey = { queue: "duel", region: "us" };
const numbers = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index);
/** Each once: an at-least-once bus may repeat. */
const once = (list: readonly number[]): number[] => [...new Set(list)];

function closeUnderLoad(id: string, group: string | undefined): Case {
  const who = group === undefined ? "a subscription" : "a member of a group";
  return busCase(id, `close of ${who} comes to its end while others go on publishing`, async (stage) => {
    const { heard, subscription } = await stage.listen(group, async () => {
      // Slower than who publishes, so that there is always more to come.
      for (let turns = 0; turns < 3; turns++) await turn();
    });
    let isOver = false;
    let next = 0;
    await stage.publish([event(next++)]);
    await stage.until("the first event", () => heard.length > 0);
    const closing = stage
      .within("close, while others publish", subscription.close())
      .finally(() => (isOver = true));
    // It may reject while something is published.
    closing.catch(() => {});
    while (!isOver) {
      await stage.publish([event(next++)]);
      await turn();
    }
    await closing;
  });
}

const common: readonly Case[] = [
  busCase(
    "everyone",
    "everyone who is subscribed gets everything, in this process or another",
    async (stage) => {
      const listeners = [await stage.listen(), await stage.listen(), await stage.listen()];
      await stage.publish(events(0, 5));
      await stage.publish(events(5, 10));
      for (const { heard } of listeners) {
        await stage.until("ten events", () => heard.length >= 10);
        same(
          once(seqs(heard)).sort((one, other) => one - other),
          numbers(0, 10),
          "what a subscriber gets",
        );
      }
    },
  ),
  busCase("once", "while nothing fails nobody gets an event twice", async (stage) => {
    const { heard } = await stage.listen();
    for (let round = 0; round < 20; round++) await stage.publish(events(3 * round, 3 * round + 3));
    await stage.publish([event(60)]);
    await stage.publish([event(61)]);
    await stage.until("the last event", () => seqs(heard).includes(61));
    same(
      seqs(heard).filter((seq, index, all) => all.indexOf(seq) !== index),
      [],
      "events that came twice",
    );
  }),
  busCase(
    "order",
    "events of a pool come in the order in which they were published, whatever else is published",
    async (stage) => {
      const { heard } = await stage.listen();
      for (let round = 0; round < 20; round++) {
        const [ours, theirs] = [POOL, OVERSEAS].map((pool) => events(2 * round, 2 * round + 2, pool)) as [
          BusEvent[],
          BusEvent[],
        ];
        await stage.publish(ours.flatMap((one, index) => [one, theirs[index] as BusEvent]));
      }
      await stage.until("forty events of each", () => heard.length >= 80);
      for (const pool of [POOL, OVERSEAS]) same(once(seqs(heard, pool)), numbers(0, 40), `of ${pool.region}`);
    },
  ),
  busCase(
    "publishers",
    "what several processes publish at once all arrives, each pool in its order",
    async (stage) => {
      const { heard } = await stage.listen();
      const pools = [1, 2, 3, 4].map((index): PoolKey => ({ queue: "duel", region: `r${index}` }));
      await Promise.all(
        pools.map(async (pool) => {
          const bus = await stage.subject.bus();
          for (let round = 0; round < 10; round++)
            await stage.publish(events(5 * round, 5 * round + 5, pool), bus);
        }),
      );
      await stage.until("two hundred events", () => heard.length >= 200);
      for (const pool of pools) same(once(seqs(heard, pool)), numbers(0, 50), `of ${pool.region}`);
    },
  ),
  busCase(
    "equal",
    "events of every type arrive as they were published, bigint, Infinity and errors included",
    async (stage) => {
      const sent = everyType();
      const { heard } = await stage.listen();
      await stage.publish(sent);
      await stage.until("one event of each type", () => heard.length >= sent.length);
      for (const [index, one] of sent.entries()) {
        const got = heard[index];
        if (one.type !== "error") same(got, one, one.type);
        else if (got?.type !== "error") assert.fail(`an error, not ${got?.type}`);
        else {
          const { code, message, retryable, remedy } = one.data.error;
          const { error } = got.data;
          assert.ok(error instanceof Error, "an error arrives as an error");
          same(
            { code: error.code, message: error.message, retryable: error.retryable, remedy: error.remedy },
            { code, message, retryable, remedy },
            "an error",
          );
        }
      }
    },
  ),
  busCase(
    "from-now-on",
    "who subscribes without a group gets what is published from then on",
    async (stage) => {
      await stage.publish(events(0, 5));
      const { heard } = await stage.listen();
      await stage.publish(events(5, 8));
      await stage.until("the last event", () => seqs(heard).includes(7));
      same(once(seqs(heard)), [5, 6, 7], "what a latecomer gets");
    },
  ),
  busCase("closed", "a closed subscription hears nothing more, and the others go on", async (stage) => {
    const [closing, staying] = [await stage.listen(), await stage.listen()];
    await stage.publish(events(0, 3));
    await stage.until("the first events", () => closing.heard.length >= 3);
    await stage.within("close", closing.subscription.close());
    await stage.publish(events(3, 6));
    await stage.until("the last events", () => seqs(staying.heard).includes(5));
    same(once(seqs(closing.heard)), [0, 1, 2], "what came before it was closed");
  }),
  busCase("close-waits", "close waits for the handler that runs", async (stage) => {
    let finish = (): void => {};
    let isDone = false;
    const running = new Promise<void>((resolve) => (finish = resolve));
    const { heard, subscription } = await stage.listen(undefined, async () => {
      await running;
      isDone = true;
    });
    await stage.publish([event(0)]);
    await stage.until("the handler to run", () => heard.length > 0);
    const closing = subscription.close().then(() => isDone);
    await stage.publish([event(1)]);
    finish();
    same(await stage.within("close", closing), true, "the handler had ended when close did");
  }),
  closeUnderLoad("close-under-load", undefined),
  busCase(
    "aborted",
    "calls whose signal has aborted reject with its reason, and an aborted subscription ends",
    async (stage) => {
      const { heard } = await stage.listen();
      const reason = new Error("no longer needed");
      const signal = AbortSignal.abort(reason);
      await rejectsAs(stage.within("publish", stage.bus.publish([event(0)], { signal })), reason, "publish");
      await rejectsAs(
        stage.within(
          "subscribe",
          stage.bus.subscribe(() => {}, { signal }),
        ),
        reason,
        "subscribe",
      );
      const abort = new AbortController();
      const late: BusEvent[] = [];
      await stage.bus.subscribe((batch) => void late.push(...batch), { signal: abort.signal });
      abort.abort(reason);
      await stage.publish([event(1)]);
      await stage.until("the event that was published", () => seqs(heard).includes(1));
      same(once(seqs(heard)), [1], "what was published");
      same(late, [], "what an aborted subscription hears");
    },
  ),
];

const groupCases: readonly Case[] = [
  closeUnderLoad("group-close-under-load", "g"),
  busCase("group-shares", "each event goes to one member of a group, and to every group", async (stage) => {
    const members = [await stage.listen("g"), await stage.listen("g"), await stage.listen("g")];
    const other = await stage.listen("h");
    for (let round = 0; round < 30; round++)
      await stage.publish([event(round, { queue: "duel", region: `r${round % 6}` })]);
    const all = (): number[] => members.flatMap(({ heard }) => heard.map(({ seq }) => seq));
    await stage.until("thirty events in both groups", () => all().length >= 30 && other.heard.length >= 30);
    same(
      all().sort((one, two) => one - two),
      numbers(0, 30),
      "what the members get together",
    );
    same(
      other.heard.map(({ seq }) => seq).sort((one, two) => one - two),
      numbers(0, 30),
      "what the other group gets",
    );
  }),
  busCase("group-survives", "what is published while no member runs arrives when one does", async (stage) => {
    const first = await stage.listen("g");
    await stage.publish(events(0, 3));
    await stage.until("the first events", () => first.heard.length >= 3);
    await stage.within("close", first.subscription.close());
    await stage.publish(events(3, 6));
    const second = await stage.listen("g");
    await stage.publish([event(6)]);
    await stage.until("the last event", () => seqs(second.heard).includes(6));
    same(once(seqs(second.heard)), [3, 4, 5, 6], "what the next member gets");
  }),
  busCase("group-takes-over", "what a member rejected or left unfinished goes to another", async (stage) => {
    const first = await stage.listen("g", () => Promise.reject(new Error("cannot")));
    await stage.publish([event(0)]);
    await stage.until("a first try", () => first.heard.length > 0);
    const second = await stage.listen("g");
    await stage.within("close", first.subscription.close());
    await stage.until("another member to get it", () => seqs(second.heard).includes(0));
  }),
];

const withoutGroups: readonly Case[] = [
  busCase("group-refused", "a bus without groups says so to who asks for one", async (stage) => {
    await rejectsWith(
      stage.bus.subscribe(() => {}, { group: "g" }),
      "NOT_AVAILABLE",
      "subscribe with a group",
    );
  }),
];

const atLeastOnce: readonly Case[] = [
  busCase(
    "rejected-again",
    "events that a handler rejects are delivered to it again, in order, and those after them follow",
    async (stage) => {
      const done: BusEvent[] = [];
      let failures = 2;
      await stage.listen(undefined, (batch) => {
        if (failures-- > 0) throw new Error("not yet");
        done.push(...batch);
        stage.ring();
      });
      await stage.publish(events(0, 3));
      await stage.publish(events(3, 5));
      await stage.until("all of them", () => done.some(({ seq }) => seq === 4));
      same(once(seqs(done)), numbers(0, 5), "what was handled in the end");
    },
  ),
];

const atMostOnce: readonly Case[] = [
  busCase(
    "rejected-dropped",
    "events that a handler rejects are not delivered again, and those after them are delivered",
    async (stage) => {
      let failures = 1;
      const { heard } = await stage.listen(undefined, () => {
        if (failures-- > 0) throw new Error("never");
      });
      await stage.publish(events(0, 3));
      await stage.until("the first try", () => heard.length > 0);
      await stage.publish(events(3, 5));
      await stage.until("the last event", () => seqs(heard).includes(4));
      same(
        seqs(heard).filter((seq, index, all) => all.indexOf(seq) !== index),
        [],
        "events that came twice",
      );
    },
  ),
];

/** The cases that show what each value of each capability means. */
export const eventBusCapabilityCases: {
  readonly [Name in keyof EventBusCapabilities]: Readonly<
    Record<`${EventBusCapabilities[Name]}`, readonly Case[]>
  >;
} = {
  delivery: { "at-least-once": atLeastOnce, "at-most-once": atMostOnce },
  groups: { true: groupCases, false: withoutGroups },
};

/** What an event bus with these capabilities promises. */
export function eventBusCases({ delivery, groups }: EventBusCapabilities): readonly Case[] {
  const declared = busCase(
    "declared",
    "the delivery that the bus declares is the one it is proved for",
    async ({ bus }) => {
      same(bus.delivery, delivery, "delivery");
    },
  );
  return [
    declared,
    ...common,
    ...eventBusCapabilityCases.delivery[delivery],
    ...eventBusCapabilityCases.groups[`${groups}`],
  ];
}

/** Defines the tests that hold an event bus to its port. */
export function describeEventBus(runner: ContractRunner, harness: EventBusHarness): void {
  describeContract(runner, "EventBus", eventBusCases(harness.capabilities), harness);
}
