import { describe, expect, it } from "vitest";
import { parse, UsageError } from "../src/arguments.js";
import type { Bench, Row } from "../src/row.js";

const row = (name: string): Row => ({
  name,
  unit: "ms",
  goal: undefined,
  measure: () => Promise.reject(new Error("not measured here")),
});
const benches: readonly Bench[] = [
  { name: "core", rows: [row("fast"), row("small")] },
  { name: "redis", rows: [row("join")] },
];
const parsed = (line: string) => parse(line.split(" ").filter(Boolean), benches);

describe("the command line", () => {
  it("takes every row of the benchmark that is named", () => {
    const plan = parsed("core");
    expect(plan.rows.map(({ name }) => name)).toEqual(["fast", "small"]);
    expect(plan).toMatchObject({ json: false, profile: false });
  });

  it("takes --json on either side of the name", () => {
    expect(parsed("core --json").json).toBe(true);
    expect(parsed("--json core").json).toBe(true);
  });

  it("takes one row with --only, and profiles one with --profile", () => {
    expect(parsed("core --only small").rows.map(({ name }) => name)).toEqual(["small"]);
    expect(parsed("core --profile small")).toMatchObject({ profile: true, rows: [{ name: "small" }] });
  });

  it.each([
    ["", "No benchmark is named."],
    ["cores", 'There is no benchmark "cores".'],
    ["core redis", "One benchmark at a time"],
    ["core --jsn", "Unknown option --jsn."],
    ["core --only", "--only needs the name of a row."],
    ["core --only --json", "--only needs the name of a row."],
    ["core --only join", 'core has no row "join"; its rows are fast, small.'],
    ["core --only fast --profile small", "One row at a time"],
    ["core --profile fast --json", "A profile is for people"],
  ])("refuses “%s”", (line, message) => {
    expect(() => parsed(line)).toThrow(UsageError);
    expect(() => parsed(line)).toThrow(message);
    expect(() => parsed(line)).toThrow("Usage: npm run bench -- <core|redis>");
  });
});
