import { describe, expect, it } from "vitest";
import { mean, median, percentile } from "../src/figures.js";
import { sources, topOf } from "../src/profile.js";

describe("figures", () => {
  it("finds the middle, the mean and the percentile", () => {
    expect(median([5, 1, 9])).toBe(5);
    expect(median([4, 1, 9, 2])).toBe(3);
    expect(mean([1, 2, 6])).toBe(3);
    const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect([0.5, 0.99, 1].map((share) => percentile(hundred, share))).toEqual([50, 99, 100]);
  });

  it("says of a profile where the time went, and in which source", () => {
    const code = [
      "// packages/core/src/pool/order.ts",
      "class Order {",
      "}",
      "// benchmarks/src/measure.ts",
      "go();",
    ].join("\n");
    const frame = (functionName: string, lineNumber: number) => ({
      functionName,
      lineNumber,
      url: "file:///measure.mjs",
    });
    const profile = {
      nodes: [
        { id: 1, callFrame: frame("insert", 1) },
        { id: 2, callFrame: frame("", 4) },
        { id: 3, callFrame: { functionName: "(idle)", lineNumber: -1, url: "" } },
      ],
      samples: [1, 2, 3, 1],
      timeDeltas: [2_000, 1_000, 90_000, 1_000],
    };
    expect(topOf(profile, sources(code)).split("\n")).toEqual([
      "4 ms busy",
      " 75.0 %       3 ms  insert  packages/core/src/pool/order.ts",
      " 25.0 %       1 ms  (anonymous)  benchmarks/src/measure.ts",
    ]);
  });
});
