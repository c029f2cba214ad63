import type { Row } from "../row.js";
import { cppStrength } from "./first-pass.js";
import { measurePools } from "./pools.js";

/** Filling the pools of the first pass, one `add` a ticket, against the time in which C++ has paired them. */
export const fill: Row = {
  name: "pool.fill",
  unit: "ms",
  goal: { of: "ratio", bound: "at most", limit: 20 },
  strength: cppStrength,
  async measure() {
    const { fill: ours, cpp: reference } = await measurePools();
    return { ours, reference, notes: [] };
  },
};
