import { OneVsOne, type Strategy } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { byRegion, filled } from "../src/core/pools.js";
import { CppReference } from "../src/core/reference.js";
import { subjects, type Subject } from "../src/core/strategies.js";
import { arrivals, regions, seeded, tickets, type Arrival } from "../src/core/traces.js";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

/** A few players close together, in two regions, so that chains of every length and many ties come up. */
function few(seed: number): Arrival[] {
  const chance = seeded(seed);
  const count = 1 + Math.floor(chance() * 14);
  return Array.from({ length: count }, (_, at) => ({
    region: Math.floor(chance() * 2),
    rating: 1_000 + Math.floor(chance() * 40),
    at,
  }));
}

async function reference(trace: readonly Arrival[], gap: number) {
  const cpp = await CppReference.start("one-vs-one", trace, gap);
  const { pairs, totalGap } = await cpp.run(1);
  cpp.close();
  return { pairs, totalGap };
}

function ours(trace: readonly Arrival[], gap: number) {
  return summed(subjects[0]!, new OneVsOne({ maxRatingGap: gap }), trace);
}

function summed(subject: Subject, strategy: Strategy, trace: readonly Arrival[]) {
  const all = tickets(trace);
  const now = all.at(-1)!.joinedAt;
  return subject.sum(filled(byRegion(all)).flatMap((pool) => strategy.propose(pool, now)));
}

/** Every way to pair, tried: the most pairs, and of those the smallest total gap. */
function tried(ratings: readonly number[], gap: number): { pairs: number; totalGap: number } {
  const [first, ...rest] = ratings;
  if (first === undefined) return { pairs: 0, totalGap: 0 };
  let best = tried(rest, gap);
  rest.forEach((other, index) => {
    const apart = Math.abs(first - other);
    if (apart > gap) return;
    const others = tried(rest.toSpliced(index, 1), gap);
    const pairs = others.pairs + 1;
    const totalGap = others.totalGap + apart;
    if (pairs > best.pairs || (pairs === best.pairs && totalGap < best.totalGap)) best = { pairs, totalGap };
  });
  return best;
}

function bruteForce(trace: readonly Arrival[], gap: number) {
  const solved = regions.map((_, region) =>
    tried(
      trace.filter((one) => one.region === region).map(({ rating }) => rating),
      gap,
    ),
  );
  return {
    pairs: solved.reduce((sum, { pairs }) => sum + pairs, 0),
    totalGap: solved.reduce((sum, { totalGap }) => sum + totalGap, 0),
  };
}

describe("the C++ reference", () => {
  it.each(SEEDS)("pairs as well as trying every way, seed %i", async (seed) => {
    const trace = few(seed);
    const best = bruteForce(trace, 6);
    expect(await reference(trace, 6)).toEqual(best);
    expect(ours(trace, 6)).toEqual(best);
  });

  it.each([0, 0.125, 1, 100])(
    "solves the same problem as OneVsOne, to the last gap, with a gap of %d",
    async (gap) => {
      const trace = arrivals(20_000, 77);
      const pairing = await reference(trace, gap);
      expect(pairing.pairs).toBeGreaterThan(1_000);
      expect(ours(trace, gap)).toEqual(pairing);
    },
  );

  it.each(subjects)("solves the same problem as the first pass of $name", async (subject) => {
    const trace = arrivals(20_000, 78);
    const [program, ...args] = subject.reference;
    const cpp = await CppReference.start(program, trace, ...args);
    const { pairs, totalGap } = await cpp.run(1);
    cpp.close();
    expect(pairs).toBeGreaterThan(500);
    expect(summed(subject, subject.create(), trace)).toEqual({ pairs, totalGap });
  });

  it("says what is missing where there is no compiler", async () => {
    const before = process.env["CXX"];
    process.env["CXX"] = "no-such-compiler";
    try {
      await expect(CppReference.start("one-vs-one", few(1), 6)).rejects.toThrow(
        "there is no no-such-compiler",
      );
    } finally {
      if (before === undefined) delete process.env["CXX"];
      else process.env["CXX"] = before;
    }
  });
});
