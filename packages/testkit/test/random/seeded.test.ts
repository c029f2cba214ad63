import { afterEach, describe, expect, it, vi } from "vitest";
import { newSeed, replayHint, rng, seededRandom, withSeed } from "@evenmatch/testkit";

afterEach(() => vi.unstubAllEnvs());

describe("rng", () => {
  it("gives the same values for the same seed, and others for another", () => {
    const draw = (seed: number): number[] => Array.from({ length: 20 }, rng(seed).bits);
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    expect(new Set([...draw(0), ...draw(1)]).size).toBe(40);
  });

  it("never changes its values, so that an old seed still replays an old failure", () => {
    expect(Array.from({ length: 4 }, rng(1).bits)).toMatchInlineSnapshot(`
      [
        636218296,
        3158027965,
        3323983851,
        4028617378,
      ]
    `);
    expect([...seededRandom(1)(new Uint8Array(6))]).toMatchInlineSnapshot(`
      [
        37,
        188,
        198,
        240,
        187,
        51,
      ]
    `);
  });

  it("keeps to its bounds and its distributions", () => {
    const source = rng(42);
    const many = Array.from({ length: 20_000 });
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    const floats = many.map(() => source.float());
    expect(Math.min(...floats)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...floats)).toBeLessThan(1);
    expect(mean(floats)).toBeCloseTo(0.5, 1);
    expect(new Set(many.map(() => source.int(-1, 2)))).toEqual(new Set([-1, 0, 1, 2]));
    expect(mean(many.map(() => source.exponential(30)))).toBeCloseTo(30, -1);
    const normal = many.map(() => source.normal(1_500, 200));
    expect(Math.abs(mean(normal) - 1_500)).toBeLessThan(10);
    expect(Math.sqrt(mean(normal.map((value) => (value - 1_500) ** 2))) / 200).toBeCloseTo(1, 1);
    expect(mean(many.map(() => Number(source.chance(0.2))))).toBeCloseTo(0.2, 1);
  });

  it("picks and shuffles without touching the items", () => {
    const source = rng(3);
    const items = Object.freeze(["a", "b", "c", "d"]);
    expect(source.shuffle(items).sort()).toEqual(items);
    expect(items).toContain(source.pick(items));
    expect(new Set(Array.from({ length: 500 }, () => source.shuffle(items).join(""))).size).toBe(24);
    expect(() => source.pick([])).toThrow(RangeError);
    expect(() => source.int(2, 1)).toThrow(RangeError);
  });

  it("forks by name, whatever was drawn before", () => {
    const one = rng(5);
    const other = rng(5);
    other.bits();
    expect(one.fork("arrivals").bits()).toBe(other.fork("arrivals").bits());
    expect(one.fork("arrivals").bits()).not.toBe(one.fork("faults").bits());
  });

  it("refuses what is no seed", () => {
    for (const seed of [-1, 0.5, 2 ** 32, Number.NaN]) expect(() => rng(seed)).toThrow(RangeError);
  });
});

describe("seeds", () => {
  it("come from EVENMATCH_SEED, else from chance", () => {
    vi.stubEnv("EVENMATCH_SEED", "123");
    expect(newSeed()).toBe(123);
    vi.stubEnv("EVENMATCH_SEED", "");
    expect(new Set(Array.from({ length: 8 }, newSeed)).size).toBeGreaterThan(1);
    vi.stubEnv("EVENMATCH_SEED", "tuesday");
    expect(newSeed).toThrow("a seed is a whole number");
  });

  it("are told with the command that replays them when a run fails", async () => {
    const failing = withSeed(
      () => {
        throw new Error("lost a ticket");
      },
      { seed: 9, command: "npm run soak -- memory" },
    );
    await expect(failing).rejects.toThrow(
      "lost a ticket\n(seed 9; replay with EVENMATCH_SEED=9 npm run soak -- memory)",
    );
    await expect(failing).rejects.toHaveProperty("cause.message", "lost a ticket");
    await expect(withSeed((seed) => seed + 1, { seed: 9 })).resolves.toBe(10);
    expect(replayHint(4)).toBe("seed 4; replay with EVENMATCH_SEED=4 npm test");
  });
});
