import type { Solution } from "./blossom.js";
import { distance, type Points } from "./plane.js";
import { violations } from "./violations.js";

/**
 * Proves that a matching of points is perfect and the shortest there is, by linear programming duality and without
 * trusting whoever made it (Edmonds 1965):
 *
 * 1. Everybody has a mate, who has them.
 * 2. Duals are whole numbers, and those of odd sets 0 or more.
 * 3. For every pair of the complete graph, the duals of both ends and of the sets that hold just one of them add up to
 *    no more than the distance. A perfect matching has an edge out of every odd set, so none is shorter than all duals
 *    together.
 * 4. The matching is no longer than all duals together.
 *
 * Duals are in half units. All numbers stay below 2⁵³, so nothing is rounded.
 *
 * Returns the length of the matching.
 */
export function certify(points: Points, { mates, duals }: Solution): number {
  const size = points.x.length;
  let length = 0;
  check(mates.length === size && duals.vertices.length === size, "it is for another number of points");
  mates.forEach((mate, point) => {
    check(mate !== point && mates[mate] === point, `${point} has no mate`);
    if (mate > point) length += distance(points, point, mate);
  });
  let sum = 0;
  for (const dual of duals.vertices) {
    check(Number.isSafeInteger(dual), `${dual} is not a whole number`);
    sum += dual;
  }
  const heldBy = new Int32Array(size).fill(-1);
  duals.blossoms.forEach(({ vertices, dual }, set) => {
    check(vertices.length % 2 === 1, "a set is not odd");
    for (const vertex of vertices) {
      check(heldBy[vertex] !== undefined, "a set holds what is no point");
      check(heldBy[vertex] !== set, "a set holds a point twice");
      heldBy[vertex] = set;
    }
    check(Number.isSafeInteger(dual) && dual >= 0, `${dual} is no dual of a set`);
    sum += dual;
  });
  const [violated] = violations(points, duals);
  check(!violated, `the duals of ${violated?.join(" and ")} add up to more than their distance`);
  check(Number.isSafeInteger(2 * length) && Number.isSafeInteger(sum), "the sums are too large to be exact");
  check(2 * length === sum, `the matching has ${length} units, the duals ${sum / 2}`);
  return length;
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the optimum is not proved: ${what}`);
}
