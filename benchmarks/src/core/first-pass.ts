import { figure } from "../report.js";
import type { Row, Strength } from "../row.js";
import { measurePools } from "./pools.js";

/** The C++ program splits, sorts and pairs the file in half of this; a slower machine or program proves nothing. */
export const cppStrength: Strength = { bound: "at most", limit: 9.4, known: 4.7 };

/** `OneVsOne` over 100,000 tickets in six pools that were just filled: all dirty, warm, pairs as objects. */
export const firstPass: Row = {
  name: "one-vs-one.first-pass",
  unit: "ms",
  goal: { of: "ratio", bound: "at most", limit: 3 },
  strength: cppStrength,
  async measure() {
    const { pass, cpp, pairs, totalGap } = await measurePools();
    const same = `both sides made ${figure(pairs)} pairs with a total gap of ${figure(totalGap)}`;
    return { ours: pass, reference: cpp, notes: [same] };
  },
};
