import { mean } from "../figures.js";
import { halfWidth } from "../quality/summary.js";
import { judged } from "./family.js";
import { spreadAt } from "./frontier.js";
import type { Figures } from "./outcome.js";
import type { Score } from "./score.js";

/** A figure with its uncertainty. */
export interface Ratio {
  readonly ours: number;
  readonly reference: number;
  readonly ratio: number;
  /** Half of the 95 % interval; not known from fewer than five seeds. */
  readonly within: number | undefined;
}

/** What a setting came to on all seeds of one population and shape: means, and the longest wait of all. */
export interface Summary extends Figures {
  readonly setting: string;
}

/** The scores of a setting each, of one population and shape, summed up. */
export function summariesOf(scores: readonly Score[]): Summary[] {
  const settings = [...new Set(scores.map(({ setting }) => setting))];
  return settings.map((setting) => {
    const some = scores.filter((score) => score.setting === setting);
    const over = (of: (figures: Figures) => number): number => mean(some.map(({ figures }) => of(figures)));
    return {
      setting,
      meanSpread: over(({ meanSpread }) => meanSpread),
      meanImbalance: over(({ meanImbalance }) => meanImbalance),
      meanWait: over(({ meanWait }) => meanWait),
      p95Wait: over(({ p95Wait }) => p95Wait),
      longestWait: Math.max(...some.map(({ figures }) => figures.longestWait)),
      leftOver: over(({ leftOver }) => leftOver),
      cost: over(({ cost }) => cost),
    };
  });
}

/** What is judged among summaries, and all that it is compared with. */
export function sidesOf(summaries: readonly Summary[]): {
  readonly ours: Summary;
  readonly theirs: Summary[];
} {
  return {
    ours: summaries.find(({ setting }) => setting === judged.name)!,
    theirs: summaries.filter(({ setting }) => setting !== judged.name),
  };
}

/** Our mean spread, and the least that `TeamBalance` reaches with the same mean wait, tuned for this population. */
export function atEqualWaiting(scores: readonly Score[]): Ratio {
  return jackknife(scores, (some) => {
    const { ours, theirs } = sidesOf(summariesOf(some));
    const points = theirs.map(({ meanWait, meanSpread }) => ({ wait: meanWait, spread: meanSpread }));
    const reference = spreadAt(points, ours.meanWait);
    if (reference === undefined) throw new Error(`no setting waits as little as ${ours.meanWait} s`);
    return { ours: ours.meanSpread, reference };
  });
}

/** Our cost, and the least that a setting has, tuned for this population. */
export function againstTuned(scores: readonly Score[]): Ratio {
  return jackknife(scores, (some) => {
    const { ours, theirs } = sidesOf(summariesOf(some));
    return { ours: ours.cost, reference: Math.min(...theirs.map(({ cost }) => cost)) };
  });
}

/** Our cost, and that of one setting. */
export function against(setting: string, scores: readonly Score[]): Ratio {
  return jackknife(scores, (some) => {
    const { ours, theirs } = sidesOf(summariesOf(some));
    return { ours: ours.cost, reference: theirs.find((one) => one.setting === setting)!.cost };
  });
}

/**
 * The one setting of `TeamBalance` that does best on all populations: the least mean of its cost ÷ ours, so that no
 * population counts more because its matches are dear.
 */
export function bestForAll(byPopulation: readonly (readonly Summary[])[]): string {
  const sides = byPopulation.map(sidesOf);
  const relative = (setting: string): number =>
    mean(sides.map(({ ours, theirs }) => theirs.find((one) => one.setting === setting)!.cost / ours.cost));
  const names = sides[0]!.theirs.map(({ setting }) => setting);
  return names.reduce((best, name) => (relative(name) < relative(best) ? name : best));
}

/** A ratio of means with its interval, from what it is without each of the seeds in turn. */
function jackknife(
  scores: readonly Score[],
  of: (some: readonly Score[]) => Pick<Ratio, "ours" | "reference">,
): Ratio {
  const ratioOf = (some: readonly Score[]): number => {
    const { ours, reference } = of(some);
    return ours / reference;
  };
  const seeds = [...new Set(scores.map(({ seed }) => seed))];
  const all = of(scores);
  const ratio = all.ours / all.reference;
  if (seeds.length < 5) return { ...all, ratio, within: undefined };
  const pseudo = seeds.map((seed) => {
    const others = ratioOf(scores.filter((score) => score.seed !== seed));
    return seeds.length * ratio - (seeds.length - 1) * others;
  });
  return { ...all, ratio, within: halfWidth(pseudo) };
}
