import { mean } from "../figures.js";
import { halfWidth } from "../quality/summary.js";
import { family, judged } from "./family.js";
import { COLD, type SmallScore } from "./score.js";
import type { Ratio } from "./summary.js";

/** How near the optimum of small traces a setting comes. */
export interface Nearness extends Ratio {
  readonly setting: string;
}

/** What is judged, with what it remembers and without, and the best setting of `TeamBalance` on these very traces. */
export interface Nearest {
  readonly warm: Nearness;
  readonly cold: Nearness;
  readonly balanced: Nearness;
}

/** How near the optimum it is on the small traces of one population and shape. */
export function nearest(scores: readonly SmallScore[]): Nearest {
  const of = (setting: string): Nearness =>
    nearnessOf(
      setting,
      scores.filter((score) => score.setting === setting),
    );
  return {
    warm: of(judged.name),
    cold: of(COLD),
    balanced: family.map(({ name }) => of(name)).reduce((best, one) => (one.ratio < best.ratio ? one : best)),
  };
}

function nearnessOf(setting: string, scores: readonly SmallScore[]): Nearness {
  const ratios = scores.map(({ ratio }) => ratio);
  return {
    setting,
    ours: mean(scores.map(({ cost }) => cost)),
    reference: mean(scores.map(({ optimum }) => optimum)),
    ratio: mean(ratios),
    within: ratios.length < 5 ? undefined : halfWidth(ratios),
  };
}
