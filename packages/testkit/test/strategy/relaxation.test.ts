import { EvenmatchError, Relaxation } from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newSeed } from "@evenmatch/testkit";

const seed = newSeed() | 0;

/** Widths of all sizes, whole and not, many of them round. */
const widths = fc.oneof(
  fc.integer({ min: 0, max: 1_000 }),
  fc.integer({ min: 0, max: 40 }).map((tenths) => tenths / 10),
  fc.double({ min: 0, max: 5_000, noNaN: true }),
  fc.constantFrom(0, Number.MIN_VALUE, 0.1 + 0.2, 1e15, 1e300),
);
const times = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.constantFrom(1, 3, 7, 5_000, 40_000, 2 ** 31, 2 ** 40),
);
const lines = fc
  .record({ from: widths, to: widths, overMs: times })
  .filter(({ from, to }) => to > from)
  .map((options) => Relaxation.line(options));
const steps = fc
  .record({ from: widths, by: widths, everyMs: times, upTo: fc.option(widths, { nil: undefined }) })
  .filter(({ from, by, upTo }) => from + by > from && (upTo ?? Infinity) > from)
  .map(({ upTo, ...options }) => Relaxation.steps({ ...options, ...(upTo !== undefined && { upTo }) }));
const powers = fc
  .record({
    from: widths,
    scale: fc.double({ min: 1e-6, max: 1e3, noNaN: true }),
    power: fc.constantFrom(0.3, 1, 2),
  })
  .filter(({ from }) => from < 1e15)
  .map(({ from, scale, power }) => Relaxation.curve((waitedMs) => from + scale * waitedMs ** power));
const logistic = fc
  .record({ to: fc.double({ min: 1, max: 1_000, noNaN: true }), overMs: fc.integer({ min: 10, max: 1e6 }) })
  .map(({ to, overMs }) => Relaxation.curve((waitedMs) => to / (1 + 50 * Math.exp(-waitedMs / overMs))));
const stairs = fc
  .uniqueArray(times, { minLength: 1, maxLength: 6 })
  .map((all) =>
    Relaxation.curve((waitedMs) =>
      all.reduce((width, at) => width + (waitedMs >= at ? (at > 2 ** 32 ? Infinity : 50.5) : 0), 10),
    ),
  );
const constants = widths.map((value) => Relaxation.constant(value));
const relaxations = fc.oneof(lines, steps, powers, logistic, stairs, constants);
const waits = fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.maxSafeNat());

function thrown(work: () => unknown): EvenmatchError {
  try {
    work();
  } catch (error) {
    if (error instanceof EvenmatchError) return error;
  }
  return expect.unreachable("it should have thrown an EvenmatchError");
}

describe("a relaxation", () => {
  it("reaches a width exactly: wide enough then, and not a millisecond earlier", () => {
    fc.assert(
      fc.property(relaxations, widths, waits, (relaxation, width, wait) => {
        // Widths at random, those that the curve really has, and those just beside.
        const own = relaxation.at(wait);
        for (const wanted of [width, own, own + 0.5, own * (1 + Number.EPSILON)]) {
          const reached = relaxation.reaches(wanted);
          if (reached === Infinity) {
            expect(relaxation.widest).toBeLessThan(wanted);
            continue;
          }
          expect(Number.isSafeInteger(reached) && reached >= 0).toBe(true);
          expect(relaxation.at(reached)).toBeGreaterThanOrEqual(wanted);
          if (reached > 0) expect(relaxation.at(reached - 1)).toBeLessThan(wanted);
        }
      }),
      { numRuns: 2_000, seed },
    );
  });

  it("never falls, starts at its start and ends at its end", () => {
    fc.assert(
      fc.property(relaxations, waits, fc.integer({ min: 0, max: 1_000 }), (relaxation, wait, more) => {
        expect(relaxation.at(wait + more)).toBeGreaterThanOrEqual(relaxation.at(wait) * (1 - 1e-12));
        expect(relaxation.at(wait)).toBeLessThanOrEqual(relaxation.widest);
        expect(relaxation.at(-more)).toBe(relaxation.at(0));
      }),
      { numRuns: 2_000, seed },
    );
  });

  it("says when it first widens", () => {
    fc.assert(
      fc.property(relaxations, (relaxation) => {
        const { widensAt } = relaxation;
        if (widensAt === Infinity) {
          expect(relaxation.widest).toBe(relaxation.at(0));
        } else {
          expect(relaxation.at(widensAt)).toBeGreaterThan(relaxation.at(0));
          expect(relaxation.at(widensAt - 1)).toBeLessThanOrEqual(relaxation.at(0));
        }
      }),
      { numRuns: 500, seed },
    );
  });

  it("can be 100 to 500 over 40 s", () => {
    const line = Relaxation.line({ from: 100, to: 500, overMs: 40_000 });
    expect([0, 1, 10_000, 39_999, 40_000, 1e9].map((wait) => line.at(wait))).toEqual([
      100, 100.01, 200, 499.99, 500, 500,
    ]);
    expect([0, 100, 100.01, 300, 500, 500.01].map((width) => line.reaches(width))).toEqual([
      0,
      0,
      1,
      20_000,
      40_000,
      Infinity,
    ]);
  });

  it("can be 100, 50 more every 5 s, up to 400", () => {
    const gap = Relaxation.steps({ from: 100, by: 50, everyMs: 5_000, upTo: 400 });
    expect([0, 4_999, 5_000, 29_999, 30_000, 1e9].map((wait) => gap.at(wait))).toEqual([
      100, 100, 150, 350, 400, 400,
    ]);
    expect([100, 101, 150, 399, 400, 401].map((width) => gap.reaches(width))).toEqual([
      0,
      5_000,
      5_000,
      30_000,
      30_000,
      Infinity,
    ]);
    expect([gap.widensAt, gap.widest]).toEqual([5_000, 400]);
  });

  it("meets whole widths on a line to the millisecond", () => {
    const whole = fc.integer({ min: 0, max: 5_000 });
    fc.assert(
      fc.property(whole, whole, whole, fc.integer({ min: 1, max: 1e7 }), (from, to, width, overMs) => {
        fc.pre(from < width && width <= to);
        const exact = Math.ceil(((width - from) * overMs) / (to - from));
        expect(Relaxation.line({ from, to, overMs }).reaches(width)).toBe(exact);
      }),
      { numRuns: 1_000, seed },
    );
  });

  it("may be cut off within a step", () => {
    const gap = Relaxation.steps({ from: 100, by: 50, everyMs: 5_000, upTo: 120 });
    expect([gap.at(4_999), gap.at(5_000), gap.at(10_000), gap.reaches(120)]).toEqual([100, 120, 120, 5_000]);
  });

  it("never goes past the end of a line by rounding", () => {
    fc.assert(
      fc.property(widths, widths, times, (from, to, overMs) => {
        fc.pre(to > from);
        const line = Relaxation.line({ from, to, overMs });
        for (const wait of [overMs - 2, overMs - 1, overMs]) expect(line.at(wait)).toBeLessThanOrEqual(to);
        expect(line.at(overMs)).toBe(to);
      }),
      { numRuns: 2_000, seed },
    );
  });

  it("may open to everybody at an instant", () => {
    const gap = Relaxation.curve((waitedMs) => (waitedMs < 10_000 ? 100 : Infinity));
    expect([gap.at(9_999), gap.at(10_000), gap.reaches(101), gap.reaches(Infinity)]).toEqual([
      100,
      Infinity,
      10_000,
      10_000,
    ]);
  });

  it("is found where it was guessed: a line or steps ask for a handful of points", () => {
    let asked = 0;
    const at = Math.floor;
    Math.floor = (value) => {
      asked++;
      return at(value);
    };
    try {
      const gap = Relaxation.steps({ from: 100, by: 50, everyMs: 5_000, upTo: 1e9 });
      asked = 0;
      expect(gap.reaches(1e8 + 75)).toBe(at(1e8 / 50) * 5_000);
      expect(asked).toBeLessThan(6);
    } finally {
      Math.floor = at;
    }
  });
});

describe("a relaxation that cannot be", () => {
  const steps = { from: 100, by: 50, everyMs: 5_000, upTo: 400 };
  const line = { from: 100, to: 500, overMs: 40_000 };
  const options: readonly [string, () => unknown, string][] = [
    ["a constant below 0", () => Relaxation.constant(-1), "-1"],
    ["a constant that is no number", () => Relaxation.constant(Number.NaN), "NaN"],
    ["steps that are no object", () => Relaxation.steps(100 as never), "100"],
    ["steps of an unknown name", () => Relaxation.steps({ ...steps, to: 3 } as never), "to"],
    ["steps from below 0", () => Relaxation.steps({ ...steps, from: -5 }), "-5"],
    ["steps that run backwards", () => Relaxation.steps({ ...steps, by: -50 }), "-50"],
    ["steps that never fire", () => Relaxation.steps({ ...steps, by: 0 }), "0"],
    ["steps lost in rounding", () => Relaxation.steps({ ...steps, from: 1e300, upTo: 1e301 }), "50"],
    ["steps in no time", () => Relaxation.steps({ ...steps, everyMs: 0 }), "0"],
    ["steps in fractions", () => Relaxation.steps({ ...steps, everyMs: 0.5 }), "0.5"],
    ["steps for ever", () => Relaxation.steps({ ...steps, everyMs: Infinity }), "Infinity"],
    ["steps without a size", () => Relaxation.steps({ from: 1, everyMs: 1 } as never), ""],
    ["steps with a bound at their start", () => Relaxation.steps({ ...steps, upTo: 100 }), "100"],
    ["steps with a bound below", () => Relaxation.steps({ ...steps, upTo: 99 }), "99"],
    ["steps with no number as a bound", () => Relaxation.steps({ ...steps, upTo: "400" as never }), "400"],
    ["a level line", () => Relaxation.line({ ...line, to: 100 }), "100"],
    ["a line that runs backwards", () => Relaxation.line({ ...line, to: 50 }), "50"],
    ["a line to nowhere", () => Relaxation.line({ ...line, to: Infinity }), "Infinity"],
    ["a line in no time", () => Relaxation.line({ ...line, overMs: 0 }), "0"],
    ["a line of an unknown name", () => Relaxation.line({ ...line, upTo: 4 } as never), "upTo"],
    ["a curve that is a number", () => Relaxation.curve(100 as never), "100"],
    ["a curve that throws", () => Relaxation.curve(() => { throw new Error("no"); }), '"waitedMs":0'], // prettier-ignore
    ["a curve of NaN", () => Relaxation.curve((waitedMs) => Math.log(waitedMs - 1)), '"width":"NaN"'],
    ["a curve of text", () => Relaxation.curve(() => "100" as never), '"width":"100"'],
    ["a curve of nothing", () => Relaxation.curve(() => undefined as never), '"waitedMs":0'],
    ["a curve below 0", () => Relaxation.curve((waitedMs) => waitedMs - 1), '"width":-1'],
    ["a curve that falls", () => Relaxation.curve((waitedMs) => Math.max(0, 1e6 - waitedMs)), '"waitedMs":1'],
    ["a curve that falls late", () => Relaxation.curve((w) => (w < 86_400_000 ? w : 5)), '"width":5'],
    ["a curve that swings", () => Relaxation.curve((w) => 100 + Math.sin(w / 1_000)), '"waitedMs":'],
    ["a curve that fails late", () => Relaxation.curve((w) => (w < 1e9 ? w : Number.NaN)), '"width":"NaN"'],
    ["a curve that is level", () => Relaxation.curve(() => 100), "100"],
  ];

  it.each(options)("%s is refused, with the rule, the value and the remedy", (_name, make, received) => {
    const error = thrown(make);
    expect(error.code).toBe("INVALID_OPTIONS");
    expect(error.message).toContain(received);
    expect(error.message).toMatch(/ (is|are|has|runs|widens|never) /);
    expect(error.remedy).toMatch(/^(Set|Let|Mend|Pass|Known|See) .*\.$/);
  });

  it("keeps what the curve threw", () => {
    const cause = new Error("no such wait");
    const make = (): unknown =>
      Relaxation.curve(() => {
        throw cause;
      });
    expect(thrown(make).cause).toBe(cause);
  });

  it("is told of where it could not be known before", () => {
    const dip = Relaxation.curve((waitedMs) => (waitedMs === 12_345 ? Number.NaN : waitedMs));
    expect(thrown(() => dip.at(12_345)).message).toContain('"waitedMs":12345');
    const well = Relaxation.curve((waitedMs) => (waitedMs > 65_400 && waitedMs < 65_600 ? 3 : waitedMs));
    expect(thrown(() => well.reaches(65_500)).message).toContain("never runs backwards");
  });

  it("is not called falling for an error in the last digit", () => {
    const noisy = Relaxation.curve((waitedMs) => {
      const level = 100 + Math.min(400, waitedMs);
      return waitedMs > 1_000 && waitedMs % 3 === 0 ? level * (1 - Number.EPSILON) : level;
    });
    expect(noisy.at(1_200)).toBeLessThan(noisy.at(1_199));
    expect(noisy.reaches(300)).toBe(200);
  });
});
