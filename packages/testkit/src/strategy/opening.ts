import { defineLimit } from "@evenmatch/core";

/**
 * A limit that gives way with time, for tests of strategies: two players may meet from the instant that either of
 * them names for the other in the attribute `notBefore`, by player id, and at once where neither names one. With the
 * arbitrary `encounters()` it opens at unlike instants for unlike pairs, and a strategy whose `nextChange`
 * forgets the limits of its queue misses something.
 */
export function opensLater() {
  return defineLimit({
    rule: "opensLater",
    attributes: { notBefore: "record" },
    between: (one, other) => one.attributes.notBefore[other.id] ?? true,
  });
}
