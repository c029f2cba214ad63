import { mean } from "../figures.js";
import { populations } from "../quality/populations.js";
import { costOfMatch, costOfStranded, optimumOf } from "./exact/optimum.js";
import { INSTANCES, instancesOf, type Instance } from "./exact/instances.js";
import { judged, settings, type Setting } from "./family.js";
import { figuresOf, type Figures } from "./outcome.js";
import { play, type Outcome } from "./play.js";
import { shapes } from "./shapes.js";
import { teamTraceOf } from "./trace.js";

/** The traces of a seed: a long one, or small ones with their optimum. */
export interface Task {
  readonly population: string;
  readonly shape: string;
  readonly seed: number;
  readonly kind: "long" | "small";
}

/** How one setting did on one trace. */
export interface Score extends Omit<Task, "kind"> {
  readonly setting: string;
  readonly figures: Figures;
}

/** How one setting did on the small traces of a seed, on average. */
export interface SmallScore extends Omit<Task, "kind"> {
  readonly setting: string;
  /** Cost ÷ optimum. */
  readonly ratio: number;
  /** What a trace cost, and at the optimum, in points. */
  readonly cost: number;
  readonly optimum: number;
}

/** The name of what is judged where it remembers nobody who came before. */
export const COLD = `${judged.name}-cold`;

/** Tickets of a trace: enough for the rate to be steady, or to swing up and down once. */
function arrivalsOf(population: string): number {
  return population === "swinging" ? 10_000 : 3_000;
}

/** Plays a long trace with every setting. */
export function scoresOf(
  { population, shape, seed }: Task,
  arrivals = arrivalsOf(population),
  played = settings,
): Score[] {
  const trace = teamTraceOf(named(populations, population), named(shapes, shape), seed, arrivals);
  return played.map((setting) => {
    const figures = figuresOf(play(setting.create(trace.shape), trace));
    return { population, shape, seed, setting: setting.name, figures };
  });
}

/** Plays small traces with every setting, beside their optimum. */
export function smallScoresOf({ population, shape, seed }: Task, count = INSTANCES): SmallScore[] {
  const instances = instancesOf(named(populations, population), named(shapes, shape), seed, count);
  const optima = instances.map(({ trace }) => optimumOf(trace.shape, trace.tickets));
  return [...settings, { ...judged, name: COLD }].map((setting) => {
    const costs = instances.map((instance) => smallCost(setting, instance));
    return {
      population,
      shape,
      seed,
      setting: setting.name,
      ratio: mean(costs.map((cost, place) => cost / optima[place]!)),
      cost: mean(costs),
      optimum: mean(optima),
    };
  });
}

/** Only `Adaptive` looks back, so only it is told who came before. */
function smallCost({ name, create }: Setting, { trace, before }: Instance): number {
  const outcome = play(create(trace.shape), trace, name === judged.name ? before : []);
  return costOfOutcome(outcome, trace);
}

/** What an outcome cost in all, in points, by the same prices as the optimum. */
export function costOfOutcome({ matches, unmatched }: Outcome, { tickets }: Instance["trace"]): number {
  const played = matches.map(({ teams, at }) => costOfMatch(teams.flat(), at));
  const stranded = unmatched.map((ticket) => costOfStranded(ticket, tickets));
  return [...played, ...stranded].reduce((sum, cost) => sum + cost, 0);
}

function named<Named extends { readonly name: string }>(all: readonly Named[], name: string): Named {
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`there is no ${name}`);
  return found;
}
