import { EvenmatchError } from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import { Batcher } from "../src/cluster/batcher.js";
import { systemClock } from "../src/clock.js";

it("holds calls back while one is under way, and makes one of them", async () => {
  const { batcher, calls, answer } = batching(false);
  const first = batcher.add(1);
  await turn();
  const others = [batcher.add(2), batcher.add(3)];
  await turn();
  expect(calls).toEqual([[1]]);
  answer();
  expect(await first).toBe(1);
  await turn();
  expect(calls).toEqual([[1], [2, 3]]);
  answer();
  expect(await Promise.all(others)).toEqual([2, 3]);
  await batcher.idle();
});

it("holds none back for who makes one call of many by itself, and keeps their order", async () => {
  const { batcher, calls, answer } = batching(true);
  const all = [];
  for (const input of [1, 2, 3]) {
    all.push(batcher.add(input), batcher.add(10 * input));
    await turn();
  }
  expect(calls).toEqual([
    [1, 10],
    [2, 20],
    [3, 30],
  ]);
  let isIdle = false;
  const idle = batcher.idle().then(() => (isIdle = true));
  answer(2);
  answer(1);
  expect(await Promise.all(all.slice(2))).toEqual([2, 20, 3, 30]);
  expect(isIdle).toBe(false);
  answer(0);
  expect(await Promise.all(all.slice(0, 2))).toEqual([1, 10]);
  await idle;
});

it("takes back what was sent with others and may have arrived, also once its members are sent one by one", async () => {
  const clock = new ManualClock();
  const calls: string[][] = [];
  const { signal } = new AbortController();
  const failure = (retryable: boolean): Error =>
    new EvenmatchError("STORE_UNAVAILABLE", { rule: "it answers", remedy: "Wait.", retryable });
  const batcher: Batcher<string, string> = new Batcher(
    async (inputs) => {
      calls.push([...inputs]);
      if (calls.length === 1) throw failure(true);
      if (calls.length === 2) throw failure(false);
      if (calls.length === 3) batcher.withdraw("b", "not b");
      return inputs;
    },
    { clock, patienceMs: 1_000, signal },
  );
  const all = Promise.all([batcher.add("a"), batcher.add("b")]);
  await clock.advance(100);
  expect(await all).toEqual(["a", "b"]);
  expect(calls).toEqual([["a", "b"], ["a", "b"], ["a"], ["b", "not b"]]);
});

function batching(coalesces: boolean) {
  const calls: number[][] = [];
  const open: (() => void)[] = [];
  const { signal } = new AbortController();
  const batcher = new Batcher<number, number>(
    (inputs) => {
      calls.push(inputs);
      return new Promise((resolve) => open.push(() => resolve(inputs)));
    },
    { clock: systemClock(), patienceMs: 1_000, signal, coalesces },
  );
  return { batcher, calls, answer: (which = calls.length - 1) => open[which]!() };
}

/** Lets all promises that are settled have their say. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
