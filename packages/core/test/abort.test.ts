import { expect, it, vi } from "vitest";
import { onAbort, unlessAborted } from "../src/abort.js";
import { OneVsOne } from "@evenmatch/core";
import { world } from "./world.js";

it("gives up when the signal aborts, and not before: many who wait have one listener together", async () => {
  const { signal, abort } = giving();
  const listening = vi.spyOn(signal, "addEventListener");
  const waiting = Array.from({ length: 50 }, () => unlessAborted(new Promise(() => {}), signal));
  const refused = expect(Promise.allSettled(waiting)).resolves.toEqual(
    waiting.map(() => ({ status: "rejected", reason: "enough" })),
  );
  expect(await unlessAborted(Promise.resolve(1), signal)).toBe(1);
  await expect(unlessAborted(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
  abort();
  await refused;
  expect(listening).toHaveBeenCalledTimes(1);
});

it("gives up at once where the signal has aborted, and never without one", async () => {
  const { signal, abort } = giving();
  abort();
  await expect(unlessAborted(new Promise(() => {}), signal)).rejects.toBe("enough");
  expect(await unlessAborted(Promise.resolve(1), undefined)).toBe(1);
});

it("tells all who asked for it, in their order, by one listener; but for those who took it back", () => {
  const { signal, abort } = giving();
  const listening = vi.spyOn(signal, "addEventListener");
  const told: number[] = [];
  const forgets = Array.from({ length: 20 }, (_, index) => onAbort(signal, () => told.push(index)));
  for (const [index, forget] of forgets.entries()) if (index % 2 === 0) forget();
  onAbort(signal, () => {
    forgets[19]!();
    onAbort(signal, () => told.push(100));
  });
  abort();
  abort();
  expect(told).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 100]);
  expect(listening).toHaveBeenCalledTimes(1);
});

it("is listened for once, however many questions wait for their answers", async () => {
  const listening = vi.spyOn(AbortSignal.prototype, "addEventListener");
  const { matchmaker, clock } = await world({ queues: { duel: new OneVsOne({ maxRatingGap: 100 }) } });
  await matchmaker.join("duel", { players: [{ id: "ann", rating: 1500 }] });
  await clock.settle();
  listening.mockClear();
  await Promise.all(Array.from({ length: 50 }, () => matchmaker.estimate("duel", { rating: 1500 })));
  const counts = new Map<unknown, number>();
  for (const signal of listening.mock.contexts) counts.set(signal, (counts.get(signal) ?? 0) + 1);
  listening.mockRestore();
  expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(1);
});

function giving(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort("enough") };
}
