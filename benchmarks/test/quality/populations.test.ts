import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { mean } from "../../src/figures.js";
import { populations, traceOf } from "../../src/quality/populations.js";
import { GRAIN, type Trace } from "../../src/quality/trace.js";

function population(name: string) {
  return populations.find((one) => one.name === name)!;
}

function rate(trace: Trace, from: number, to: number): number {
  return (1_000 * (to - 1 - from)) / (trace.at[to - 1]! - trace.at[from]!);
}

function digest(trace: Trace): string {
  return createHash("sha256").update(trace.at).update(trace.ratings).digest("hex").slice(0, 16);
}

describe("the populations", () => {
  it.each(populations)("$name comes in whole milliseconds, in order, with ratings on the grain", (one) => {
    const { at, ratings } = traceOf(one, 7);
    expect(at).toHaveLength(10_000);
    expect(at.every((time, who) => Number.isInteger(time) && time >= (at[who - 1] ?? 0))).toBe(true);
    expect(ratings.every((rating) => Number.isInteger(rating / GRAIN))).toBe(true);
    expect(ratings.filter((rating) => !Number.isInteger(rating)).length).toBeGreaterThan(9_000);
  });

  it.each([0.2, 1, 5])("steady-%d comes at its rate", (arrivals) => {
    const trace = traceOf(population(`steady-${arrivals}`), 3);
    expect(rate(trace, 0, 10_000) / arrivals).toBeCloseTo(1, 1);
    expect(mean([...trace.ratings])).toBeCloseTo(1_500, -1);
  });

  it("swings between 0.2 and 5 a second within the hour", () => {
    const { at } = traceOf(population("swinging"), 3);
    const within = (from: number, to: number) => at.filter((time) => time >= from * 1e3 && time < to * 1e3);
    expect(within(0, 200).length / 200).toBeLessThan(0.6);
    expect(within(1_700, 1_900).length / 200).toBeGreaterThan(4.4);
  });

  it("steps up for odd seeds and down for even ones", () => {
    for (const [seed, before, after] of [
      [3, 0.5, 5],
      [4, 5, 0.5],
    ] as const) {
      const trace = traceOf(population("step"), seed);
      expect(rate(trace, 0, 5_000) / before).toBeCloseTo(1, 1);
      expect(rate(trace, 5_000, 10_000) / after).toBeCloseTo(1, 1);
    }
  });

  it("stays what it is: a frozen trace that changes is no longer frozen", () => {
    expect(Object.fromEntries(populations.map((one) => [one.name, digest(traceOf(one, 101))]))).toEqual({
      "steady-0.2": "c4c5521006f47917",
      "steady-1": "340dbb7290ca3bc1",
      "steady-5": "d9056c25324b7003",
      swinging: "c48378a1eca03b5b",
      bimodal: "06134ac1e32037b7",
      step: "c703ba924f0d2b86",
    });
  });
});
