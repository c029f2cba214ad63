import type { Rule } from "../rule.js";
import { byAge } from "./by-age.js";
import { costBalancing } from "./cost-balancing.js";
import { oldestFirst } from "./oldest-first.js";
import { waves } from "./waves.js";

/** What most servers begin with: within 100 points at once, and after a minute the closest there is. */
const fixedGap = byAge("fixed-gap", (gap, came) => (gap <= 100 ? came : came + 60_000));

/** The usual cure: a window from 100 to 500 points in 40 seconds, by the longer wait. */
const window = byAge("window", (gap, came) => {
  return gap > 500 ? Infinity : came + Math.ceil(Math.max(0, gap - 100) * 100);
});

/** Steps by age, as settings files have them: up to a gap, after so many seconds of the longer wait. */
const STEPS = [
  [50, 0],
  [100, 10],
  [200, 20],
  [400, 30],
  [Infinity, 60],
] as const;
const steps = byAge("steps", (gap, came) => came + 1_000 * STEPS.find(([upTo]) => gap <= upTo)![1]);

/** The rules of others, written from their descriptions. */
export const others: readonly Rule[] = [fixedGap, window, steps, waves, oldestFirst, costBalancing];
