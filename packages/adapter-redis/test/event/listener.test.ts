import { systemClock, type BusEvent } from "@evenmatch/core";
import { event, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { expect, it } from "vitest";
import { Listener } from "../../src/event/listener.js";
import type { Around } from "../../src/event/lane.js";
import type { Entry } from "../../src/event/entry.js";
import { until } from "./subject.js";

const entry = (seq: number): Entry => ({
  id: `${1_000 + seq}-0`,
  text: "",
  event: event(seq),
  isMark: false,
});

it("who has caught up with more than was pushed hears none of it again, and misses nothing", async () => {
  const heard: BusEvent[] = [];
  const log = numbers(0, 12_010).map(entry);
  let pushed = -1;
  const source = {
    get end(): string {
      return log[pushed]!.id;
    },
    async after(id: string) {
      const from = log.findIndex((one) => one.id === id) + 1;
      const entries = log.slice(from, from + 1_001);
      return { entries, end: entries.at(-1)?.id ?? id, notice: undefined };
    },
  };
  let go = (): void => {};
  const stuck = new Promise<void>((resolve) => (go = resolve));
  const handler = async (events: readonly BusEvent[]): Promise<void> => {
    heard.push(...events);
    await stuck;
  };
  const listener = new Listener(handler, source, { clock: systemClock() } as Around);
  const push = (from: number, before: number): void => {
    pushed = before - 1;
    listener.push(log.slice(from, before));
  };
  listener.begin("999-0");
  listener.start();
  // More than waits for a handler: the rest it reads by itself, and two that come by themselves later.
  push(0, 12_000);
  go();
  await until(() => heard.length >= 12_002);
  push(12_000, 12_008);
  push(12_008, 12_010);
  await until(() => seqs(heard).includes(12_009));
  await listener.close();
  expect(seqs(heard)).toEqual(numbers(0, 12_010));
});

it("who begins hears what was pushed before it was known where it begins, as far as it is newer", async () => {
  const heard: BusEvent[] = [];
  const source = { end: "1001-0", after: () => Promise.reject(new Error("it is not behind")) };
  const listener = new Listener((events) => void heard.push(...events), source, {
    clock: systemClock(),
  } as Around);
  listener.push(numbers(0, 4).map(entry));
  listener.begin(entry(1).id);
  listener.start();
  listener.push([entry(4)]);
  await until(() => heard.length >= 3);
  await listener.close();
  expect(seqs(heard)).toEqual([2, 3, 4]);
});
