import { describe, expect, it } from "vitest";
import { judge, passes } from "../src/judge.js";
import type { Goal, Strength } from "../src/row.js";

const judged = (goal: Goal | undefined, ours: number, reference: number, strength?: Strength) =>
  judge({ name: "row", unit: "ms", goal, ...(strength && { strength }) }, { ours, reference, notes: [] });

const threeTimes: Goal = { of: "ratio", bound: "at most", limit: 3 };
const fifth: Goal = { of: "ratio", bound: "at least", limit: 0.2 };
const oneMs: Goal = { of: "ours", bound: "at most", limit: 1 };

describe("judging a row", () => {
  it("holds the ratio against a limit, the limit itself included", () => {
    expect(judged(threeTimes, 30, 10)).toMatchObject({ ratio: 3, goal: "≤ 3 ×", state: "ok" });
    expect(judged(threeTimes, 31, 10).state).toBe("missed");
    expect(judged(fifth, 20, 100)).toMatchObject({ goal: "≥ 0.2 ×", state: "ok" });
    expect(judged(fifth, 19, 100).state).toBe("missed");
  });

  it("holds our own figure against a limit, whatever the reference", () => {
    expect(judged(oneMs, 1, 0.01)).toMatchObject({ goal: "≤ 1 ms", state: "ok" });
    expect(judged(oneMs, 1.1, 100).state).toBe("missed");
  });

  it("trusts no reference that is weaker than half of what is known of it, even where the goal is met", () => {
    const strength: Strength = { bound: "at most", limit: 9.4, known: 4.7 };
    expect(judged(threeTimes, 10, 9.4, strength).state).toBe("ok");
    expect(judged(threeTimes, 10, 9.5, strength).state).toBe("weak reference");
    const quick: Strength = { bound: "at least", limit: 225, known: 450 };
    expect(judged(fifth, 100, 225, quick).state).toBe("ok");
    expect(judged(fifth, 100, 224, quick).state).toBe("weak reference");
  });

  it("holds another figure of the reference against what is known, where the row measured one", () => {
    const strength: Strength = { bound: "at least", limit: 225, known: 450 };
    const shownAt = (shown: number) =>
      judge(
        { name: "row", unit: "ms", goal: fifth, strength },
        { ours: 100, reference: 120, strength: shown, notes: [] },
      ).state;
    expect(shownAt(225)).toBe("ok");
    expect(shownAt(224)).toBe("weak reference");
  });

  it("only reports a row without a goal", () => {
    expect(judged(undefined, 1, 2)).toMatchObject({ goal: "reported", state: "reported" });
  });

  it("lets a run pass with rows that are ok or reported, and with no others", () => {
    const verdict = judged(threeTimes, 1, 1);
    const states = ["ok", "reported", "missed", "weak reference"] as const;
    expect(states.filter((state) => passes({ ...verdict, state }))).toEqual(["ok", "reported"]);
  });

  it.each([Number.NaN, 0, -1, Infinity])("refuses %s as a figure", (value) => {
    expect(() => judged(threeTimes, value, 1)).toThrow("a figure is a positive number");
    expect(() => judged(threeTimes, 1, value)).toThrow("a figure is a positive number");
  });
});
