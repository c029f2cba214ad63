import { describe, expect, it } from "vitest";
import { envelopeOf, spreadAt } from "../../src/teams/frontier.js";

const point = (wait: number, spread: number) => ({ wait, spread });

describe("the frontier of a family", () => {
  const points = [point(8, 40), point(1, 400), point(2, 200), point(4, 160), point(16, 90), point(3, 300)];

  it("keeps the points below which there is none, nor a line between two", () => {
    expect(envelopeOf(points)).toEqual([point(1, 400), point(2, 200), point(8, 40)]);
    expect(envelopeOf([])).toEqual([]);
    expect(envelopeOf([point(1, 5), point(1, 3), point(2, 3)])).toEqual([point(1, 3)]);
  });

  it("has the spread between two settings, and of the slowest beyond it", () => {
    expect(spreadAt(points, 1)).toBe(400);
    expect(spreadAt(points, 5)).toBe(120);
    expect(spreadAt(points, 8)).toBe(40);
    expect(spreadAt(points, 1_000)).toBe(40);
  });

  it("says so where no setting is as fast", () => {
    expect(spreadAt(points, 0.99)).toBeUndefined();
  });

  it("is never above a setting of the family", () => {
    for (const { wait, spread } of points) expect(spreadAt(points, wait)).toBeLessThanOrEqual(spread);
  });
});
