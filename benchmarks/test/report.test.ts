import { describe, expect, it } from "vitest";
import type { Verdict } from "../src/judge.js";
import { figure, jsonLine, table } from "../src/report.js";

const met: Verdict = {
  name: "a.row",
  unit: "ms",
  ours: 12.345678,
  reference: 6,
  ratio: 2.057613,
  goal: "≤ 3 ×",
  state: "ok",
};
const weak: Verdict = { ...met, name: "another", unit: "joins/s", ours: 98_765.4, state: "weak reference" };

describe("the report", () => {
  it("has one line of JSON with six keys for each row", () => {
    expect(jsonLine(met)).toBe(
      '{"name":"a.row","ours":12.35,"reference":6,"ratio":2.058,"goal":"≤ 3 ×","ok":true}',
    );
    expect(jsonLine(met)).not.toContain("\n");
  });

  it("says in JSON what failed", () => {
    expect(JSON.parse(jsonLine(weak))).toMatchObject({ goal: "≤ 3 × (weak reference)", ok: false });
    expect(JSON.parse(jsonLine({ ...met, state: "missed" }))).toMatchObject({ goal: "≤ 3 ×", ok: false });
    expect(JSON.parse(jsonLine({ ...met, state: "reported" }))).toMatchObject({ ok: true });
  });

  it("has an aligned table for people", () => {
    expect(table([met, weak]).split("\n")).toEqual([
      "row                ours  reference   ratio  goal   ok",
      "a.row           12.3 ms       6 ms  2.06 ×  ≤ 3 ×  yes",
      "another  98,765 joins/s  6 joins/s  2.06 ×  ≤ 3 ×  weak reference",
    ]);
  });

  it("prints as many digits as a figure means", () => {
    expect([0.041987, 2.5, 99.96, 100.4, 1_234_567.8].map(figure)).toEqual([
      "0.042",
      "2.5",
      "100",
      "100",
      "1,234,568",
    ]);
  });
});
