import { describe, expect, it } from "vitest";
import { seeded } from "../../src/core/traces.js";
import { lightestPerfectMatching, type Duals, type Solution } from "../../src/quality/optimum/blossom.js";
import { certify } from "../../src/quality/optimum/certificate.js";
import { GraphBuilder } from "../../src/quality/optimum/graph.js";
import { optimumOf, shortestOf } from "../../src/quality/optimum/optimum.js";
import { candidatesOf, distance, pointsOf, type Points } from "../../src/quality/optimum/plane.js";
import { violations } from "../../src/quality/optimum/violations.js";
import { populations, traceOf } from "../../src/quality/populations.js";

type Weight = (one: number, other: number) => number;

/** The least total by trying every subset of vertices as those that are paired already. */
function tried(size: number, weight: Weight): number {
  const best = new Float64Array(1 << size).fill(Infinity);
  best[0] = 0;
  for (let paired = 0; paired < best.length; paired++) {
    if (best[paired] === Infinity) continue;
    let first = 0;
    while ((paired >> first) & 1) first++;
    for (let other = first + 1; other < size; other++) {
      if ((paired >> other) & 1) continue;
      const next = paired | (1 << first) | (1 << other);
      best[next] = Math.min(best[next]!, best[paired]! + weight(first, other));
    }
  }
  return best.at(-1)!;
}

function totalOf({ mates }: Solution, weight: Weight): number {
  return mates.reduce((sum, mate, one) => sum + (mate > one ? weight(one, mate) : 0), 0);
}

/** How much less than twice their weight the duals of two vertices and of what keeps them apart are. */
function slack({ vertices, blossoms }: Duals, weight: Weight, one: number, other: number): number {
  const apart = blossoms.filter((set) => set.vertices.includes(one) !== set.vertices.includes(other));
  const duals = apart.reduce((sum, { dual }) => sum + dual, vertices[one]! + vertices[other]!);
  return 2 * weight(one, other) - duals;
}

function sumOf({ vertices, blossoms }: Duals): number {
  return blossoms.reduce((sum, { dual }) => sum + dual, 0) + vertices.reduce((sum, dual) => sum + dual, 0);
}

/** How many sets hold the vertex that most sets hold. */
function depthOf({ vertices, blossoms }: Duals): number {
  return vertices.reduce((most, _, vertex) => {
    return Math.max(most, blossoms.filter((set) => set.vertices.includes(vertex)).length);
  }, 0);
}

/** A graph of random edges, with a perfect matching among them, and weights up to a limit. */
function randomGraph(seed: number) {
  const chance = seeded(seed);
  const size = 2 * (1 + Math.floor(chance() * 7));
  const most = [1, 3, 10, 1_000][Math.floor(chance() * 4)]!;
  const share = chance();
  const weights = new Map<string, number>();
  for (let one = 0; one < size; one++) {
    for (let other = one + 1; other < size; other++) {
      const isOnPath = other === one + 1;
      if (isOnPath || chance() < share) weights.set(`${one} ${other}`, Math.floor(chance() * (most + 1)));
    }
  }
  const weight: Weight = (one, other) => {
    return weights.get(`${Math.min(one, other)} ${Math.max(one, other)}`) ?? Infinity;
  };
  const graph = new GraphBuilder(size, weight);
  for (const edge of weights.keys()) graph.add(...(edge.split(" ").map(Number) as [number, number]));
  return { size, weight, graph: graph.build() };
}

/** Points on a grid, in the order of `y`; on a small one many are equal or as far apart as others. */
function gridPoints(size: number, width: number, height: number, seed: number): Points {
  const chance = seeded(seed);
  const points = Array.from({ length: size }, () => [
    Math.floor(chance() * width),
    Math.floor(chance() * height),
  ]);
  return pointsAt(points as [number, number][]);
}

function pointsAt(points: readonly (readonly [x: number, y: number])[]): Points {
  const sorted = [...points].sort(([, one], [, other]) => one - other);
  return { x: Float64Array.from(sorted, ([x]) => x), y: Float64Array.from(sorted, ([, y]) => y) };
}

function triedPoints(points: Points): number {
  return tried(points.x.length, (one, other) => distance(points, one, other));
}

function solutionOf(points: Points): Solution {
  return lightestPerfectMatching(candidatesOf(points, points.x.length).build());
}

describe("the lightest perfect matching", () => {
  it("is that of trying every way, on 1,500 random graphs, with duals that prove it", () => {
    let deepest = 0;
    for (let seed = 0; seed < 1_500; seed++) {
      const { size, weight, graph } = randomGraph(seed);
      const solution = lightestPerfectMatching(graph);
      const { duals } = solution;
      expect(totalOf(solution, weight), `seed ${seed}`).toBe(tried(size, weight));
      expect(sumOf(duals), `seed ${seed}`).toBe(2 * totalOf(solution, weight));
      for (let one = 0; one < size; one++) {
        for (let other = one + 1; other < size; other++)
          expect(slack(duals, weight, one, other), `seed ${seed}`).toBeGreaterThanOrEqual(0);
      }
      deepest = Math.max(deepest, depthOf(duals));
    }
    expect(deepest).toBeGreaterThanOrEqual(3);
  });

  it("says so where there is none", () => {
    const graph = new GraphBuilder(4, () => 1);
    for (const leaf of [1, 2, 3]) graph.add(0, leaf);
    expect(() => lightestPerfectMatching(graph.build())).toThrow("no perfect matching");
  });
});

describe("the shortest perfect matching of points", () => {
  it.each([
    [2, 2],
    [1, 40],
    [40, 1],
    [6, 6],
    [1_000, 1_000],
  ])("is that of trying every way, on a grid of %d by %d", (width, height) => {
    for (let seed = 0; seed < 150; seed++) {
      const points = gridPoints(2 + 2 * (seed % 7), width, height, seed);
      expect(shortestOf(points), `seed ${seed}`).toBe(triedPoints(points));
    }
  });

  it("finds pairs that were no candidates, by the duals", () => {
    let found = 0;
    for (let seed = 0; seed < 200; seed++) {
      const points = gridPoints(12, 30, 30, seed);
      const { duals } = lightestPerfectMatching(candidatesOf(points, 0).build());
      found += violations(points, duals).length;
      expect(shortestOf(points, 0), `seed ${seed}`).toBe(triedPoints(points));
    }
    expect(found).toBeGreaterThan(500);
  });

  it("copes with odd clusters of odd clusters, which make blossoms of blossoms", () => {
    const offsets = [-1, 0, 1];
    const clusters = offsets.flatMap((far) =>
      offsets.flatMap((near) => offsets.map((x) => [x + 10 * near + 1_000 * far, Math.abs(near)] as const)),
    );
    const points = pointsAt([...clusters, [20_000, 0]]);
    const solution = solutionOf(points);
    expect(depthOf(solution.duals)).toBeGreaterThanOrEqual(3);
    expect(certify(points, solution)).toBe(shortestOf(points));
  });

  it.each([
    ["a grid on which hundreds are equal or equally far", 1_000, 20, 20],
    ["a line of crowds", 1_000, 3, 3_000],
    ["a crowd in the plane", 1_000, 10_000, 10_000],
  ])("proves what it finds on %s", (_what, size, width, height) => {
    for (let seed = 0; seed < 5; seed++) {
      const points = gridPoints(size, width, height, seed);
      const length = shortestOf(points, 3);
      expect(shortestOf(points, 8)).toBe(length);
    }
  });

  it("copes with everybody at one point, and with a line of equal steps", () => {
    expect(shortestOf(pointsAt(Array.from({ length: 300 }, () => [7, 7])))).toBe(0);
    expect(shortestOf(pointsAt(Array.from({ length: 300 }, (_, place) => [0, 5 * place])))).toBe(750);
    expect(shortestOf(pointsAt(Array.from({ length: 300 }, (_, place) => [5 * place, 0])))).toBe(750);
  });

  it("of a trace is in rating points", () => {
    const trace = {
      population: "few",
      seed: 0,
      at: Float64Array.of(0, 1_000, 1_500, 9_001),
      ratings: Float64Array.of(1_500, 1_520.25, 1_501, 1_530),
    };
    expect(optimumOf(trace)).toBeCloseTo(1 + 15 + 9.75 + 80.01, 9);
    expect(() => optimumOf({ ...trace, ratings: trace.ratings.map((rating) => rating + 1 / 3) })).toThrow(
      "ratings are multiples",
    );
  });
});

describe("the certificate", () => {
  const points = pointsOf(traceOf(populations[1]!, 5, 60));
  const proved = solutionOf(points);
  const { mates, duals } = proved;
  const length = totalOf(proved, (one, other) => distance(points, one, other));
  const withVertex = (vertex: number, by: number) =>
    duals.vertices.map((dual, one) => (one === vertex ? dual + by : dual));
  const withSet = (vertices: readonly number[], dual: number): Duals => ({
    ...duals,
    blossoms: [...duals.blossoms, { vertices, dual }],
  });

  it("is there for what was found", () => {
    expect(duals.blossoms.length).toBeGreaterThan(3);
    expect(certify(points, proved)).toBe(length);
  });

  it("is refused to every other matching that swaps two pairs, and to one that is not perfect", () => {
    let longer = 0;
    for (let one = 0; one < 60; one++) {
      for (let other = 0; other < 60; other++) {
        const three = mates[one]!;
        const four = mates[other]!;
        if (one === other || three === other) continue;
        const swapped = Int32Array.from(mates);
        swapped.set([other], one);
        swapped.set([one], other);
        swapped.set([four], three);
        swapped.set([three], four);
        const more = totalOf({ mates: swapped, duals }, (a, b) => distance(points, a, b)) - length;
        if (more === 0) continue;
        expect(more).toBeGreaterThan(0);
        expect(() => certify(points, { mates: swapped, duals })).toThrow("the matching has");
        longer++;
      }
    }
    expect(longer).toBeGreaterThan(1_000);
    const alone = Int32Array.from(mates);
    alone[3] = 3;
    expect(() => certify(points, { mates: alone, duals })).toThrow("has no mate");
    alone[3] = 99;
    expect(() => certify(points, { mates: alone, duals })).toThrow("has no mate");
    expect(() => certify(points, { mates: mates.slice(2), duals })).toThrow("another number of points");
  });

  it("is refused to duals that are too large or too small anywhere", () => {
    for (let vertex = 0; vertex < 60; vertex++) {
      const refused = (by: number) => () =>
        certify(points, { mates, duals: { ...duals, vertices: withVertex(vertex, by) } });
      expect(refused(1)).toThrow("add up to more than their distance");
      expect(refused(-1)).toThrow("the matching has");
      expect(refused(0.5)).toThrow("is not a whole number");
    }
    for (const [place, { vertices, dual }] of duals.blossoms.entries()) {
      for (const by of [1, -1]) {
        const blossoms = duals.blossoms.with(place, { vertices, dual: dual + by });
        expect(() => certify(points, { mates, duals: { ...duals, blossoms } })).toThrow("not proved");
      }
    }
  });

  it.each([
    ["a negative dual", withSet([0, 1, 2], -2), "no dual of a set"],
    ["a dual with a fraction", withSet([0, 1, 2], 0.5), "no dual of a set"],
    ["an even set", withSet([0, 1], 2), "not odd"],
    ["a set with somebody twice", withSet([0, 0, 1], 2), "a point twice"],
    ["a set of others", withSet([0, 1, 60], 2), "no point"],
    [
      "sets that cross",
      {
        ...duals,
        blossoms: [
          [0, 1, 2],
          [2, 3, 4],
        ].map((vertices) => ({ vertices, dual: 2 })),
      },
      "cross",
    ],
  ])("is refused to %s", (_what, wrong, message) => {
    expect(() => certify(points, { mates, duals: wrong })).toThrow(message);
  });

  it("is refused to the best of too few candidates", () => {
    let refused = 0;
    for (let seed = 0; seed < 20; seed++) {
      const all = gridPoints(60, 1_000, 1_000, seed);
      const best = lightestPerfectMatching(candidatesOf(all, 1).build());
      if (violations(all, best.duals).length === 0) continue;
      expect(() => certify(all, best)).toThrow("add up to more than their distance");
      refused++;
    }
    expect(refused).toBeGreaterThan(10);
  });

  it("judges every pair: the same as by comparing all, with duals that are wrong at random", () => {
    let found = 0;
    for (let seed = 0; seed < 60; seed++) {
      const chance = seeded(seed);
      const grid = gridPoints(40, 50, 50, seed);
      const right = solutionOf(grid).duals;
      const wrong: Duals = {
        vertices: right.vertices.map((dual) => dual + Math.floor(chance() * 8) - 5),
        blossoms: right.blossoms.map((set) => ({ ...set, dual: Math.floor(set.dual * 2 * chance()) })),
      };
      const all: string[] = [];
      for (let one = 0; one < 40; one++) {
        for (let other = one + 1; other < 40; other++) {
          if (slack(wrong, (a, b) => distance(grid, a, b), one, other) < 0) all.push(`${one} ${other}`);
        }
      }
      const judged = violations(grid, wrong).map((pair) => pair.sort((a, b) => a - b).join(" "));
      expect(judged.sort(), `seed ${seed}`).toEqual(all.sort());
      found += all.length;
    }
    expect(found).toBeGreaterThan(400);
  });
});
