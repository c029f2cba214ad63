import type { Duals } from "./blossom.js";
import type { Points } from "./plane.js";

/**
 * Every pair of points whose duals, those of the sets that hold just one of them included, add up to more than their
 * distance, of all pairs there are:
 *
 * 1. Sets are taken from the smallest to the largest, and all points together come last. They do not cross, which is
 *    checked, so those taken before split the next one into groups.
 * 2. A pair is judged once, in the first set that holds both: the duals that count are those taken so far. It is judged
 *    from whoever is not in the largest group.
 * 3. Points are in the order of `y`, so a point is held against others only until `y` alone keeps them apart, whatever
 *    the duals of those beyond.
 *
 * Cost: O(n²) at worst, and next to nothing where duals are small against the whole; O(n) for each set.
 */
export function violations(points: Points, { vertices: duals, blossoms }: Duals): [number, number][] {
  const { x, y } = points;
  const size = x.length;
  const sets = [...blossoms].sort((one, other) => one.vertices.length - other.vertices.length);
  const found: [number, number][] = [];
  /** The duals so far that hold a point. */
  const reach = Float64Array.from(duals);
  /** The largest set so far that holds a point; points alone come before all sets. */
  const groups = Int32Array.from(reach, (_, point) => point);
  const sizes = new Int32Array(size + sets.length).fill(1);
  const counts = new Int32Array(size + sets.length);
  /** The last set that held a point. */
  const heldBy = new Int32Array(size).fill(-1);

  const judge = (set: number, members: ArrayLike<number>): void => {
    let farthest = Number.NEGATIVE_INFINITY;
    for (let place = 0; place < members.length; place++) {
      const point = members[place]!;
      heldBy[point] = set;
      counts[groups[point]!]!++;
      farthest = Math.max(farthest, reach[point]!);
    }
    let largest = -1;
    for (let place = 0; place < members.length; place++) {
      const group = groups[members[place]!]!;
      const count = counts[group]!;
      if (count === 0) continue;
      counts[group] = 0;
      if (count !== sizes[group]) throw new Error("the optimum is not proved: two sets cross");
      if (largest < 0 || count > sizes[largest]!) largest = group;
    }
    for (let place = 0; place < members.length; place++) {
      const one = members[place]!;
      if (groups[one] === largest) continue;
      const own = reach[one]!;
      for (let step = -1; step <= 1; step += 2) {
        for (let other = one + step; other >= 0 && other < size; other += step) {
          const apart = 2 * Math.abs(y[one]! - y[other]!);
          if (apart >= own + farthest) break;
          if (own + reach[other]! <= apart + 2 * Math.abs(x[one]! - x[other]!)) continue;
          const isJudgedThere = groups[other] !== largest && other < one;
          if (heldBy[other] === set && groups[other] !== groups[one] && !isJudgedThere)
            found.push([one, other]);
        }
      }
    }
  };

  sets.forEach(({ vertices, dual }, set) => {
    judge(set, vertices);
    const group = size + set;
    sizes[group] = vertices.length;
    for (const point of vertices) {
      groups[point] = group;
      reach[point] = reach[point]! + dual;
    }
  });
  judge(sets.length, Int32Array.from(reach.keys()));
  return found;
}
