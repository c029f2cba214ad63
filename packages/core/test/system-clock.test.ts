import { systemClock } from "@evenmatch/core";
import { pause } from "@evenmatch/core/adapter";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const NOON = Date.UTC(2026, 0, 1, 12);

// The machine's clock, its timers and its stopwatch, which alone does not care when the clock is set.
beforeEach(() => {
  vi.useFakeTimers({ now: NOON, toFake: ["Date", "performance", "setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** What the clock says at each step of the machine's, of so many ms. */
async function said(now: () => number, { steps, step }: { steps: number; step: number }): Promise<number[]> {
  const times = [now()];
  for (let index = 0; index < steps; index++) {
    await vi.advanceTimersByTimeAsync(step);
    times.push(now());
  }
  return times;
}

describe("the machine's clock", () => {
  it("says what the machine says, also when it is set forward", async () => {
    const { now } = systemClock();
    for (const step of [1, 1, 1, 250, 3_600_000]) {
      expect(now()).toBe(Date.now());
      await vi.advanceTimersByTimeAsync(step);
    }
    vi.setSystemTime(Date.now() + 3_000);
    expect(now()).toBe(Date.now());
  });

  it("goes where a store's time is as soon as that is known, in whole milliseconds", async () => {
    let offset = 0;
    const { now } = systemClock(() => offset);
    for (offset of [0, 1_234.4, -5_000.6, 0]) {
      expect(now()).toBe(NOON + Math.round(offset));
      expect(now()).toBe(NOON + Math.round(offset));
    }
  });

  it("never runs backwards, never stands still, and says what the machine says once that has caught up", async () => {
    const { now } = systemClock();
    expect(now()).toBe(NOON);
    vi.setSystemTime(NOON - 3_000);
    const times = await said(now, { steps: 6, step: 1_000 });
    expect(times.map((time) => time - NOON)).toEqual([0, 500, 1_000, 1_500, 2_000, 2_500, 3_000]);
    expect(now()).toBe(Date.now());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(now()).toBe(Date.now());
  });

  it("wakes who waits when it is due, and not before, at half the pace while the machine's is behind", async () => {
    const clock = systemClock();
    const began = clock.now();
    vi.setSystemTime(NOON - 3_000);
    let isOver = false;
    void pause(clock, 100).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(150);
    expect(isOver).toBe(false);
    await vi.advanceTimersByTimeAsync(60);
    expect(isOver).toBe(true);
    expect(clock.now()).toBeGreaterThanOrEqual(began + 100);
  });

  it("wakes who sleeps already when the machine's is set back, however far", async () => {
    const clock = systemClock();
    let isOver = false;
    void pause(clock, 1_000).then(() => (isOver = true));
    await vi.advanceTimersByTimeAsync(500);
    clock.now();
    vi.setSystemTime(NOON - 86_400_000);
    await vi.advanceTimersByTimeAsync(1_100);
    expect(isOver).toBe(true);
  });

  it("runs nothing early, at once or after it was cancelled", async () => {
    const clock = systemClock();
    const ran: string[] = [];
    clock.at(NOON - 1, () => ran.push("past"));
    clock.at(NOON + 10, () => ran.push("soon"));
    clock.at(NOON + 2 ** 31 + 10, () => ran.push("in weeks"));
    const cancel = clock.at(NOON + 10, () => ran.push("cancelled"));
    expect(ran).toEqual([]);
    cancel();
    await vi.advanceTimersByTimeAsync(9);
    expect(ran).toEqual(["past"]);
    await vi.advanceTimersByTimeAsync(2);
    expect(ran).toEqual(["past", "soon"]);
    await vi.advanceTimersByTimeAsync(2 ** 31 - 2);
    expect(ran).toEqual(["past", "soon"]);
    await vi.advanceTimersByTimeAsync(10);
    expect(ran).toEqual(["past", "soon", "in weeks"]);
  });
});
