import { seeded } from "../core/traces.js";
import { ARRIVALS, GRAIN, type Trace } from "./trace.js";

type Chance = () => number;

/** Who comes: how often, and how good they are. */
export interface Population {
  readonly name: string;
  /** Arrivals a second, at so many seconds and after a share of all arrivals; `odd` tells odd seeds from even ones. */
  readonly rate: (seconds: number, share: number, odd: boolean) => number;
  /** The highest rate there is. */
  readonly peak: number;
  readonly rating: (chance: Chance) => number;
  /** Written once and never looked at while rules are tuned. */
  readonly frozen: boolean;
}

const HOUR = 3_600;

/** From 0.2 to 5 arrivals a second and back, once an hour. */
function swing(seconds: number): number {
  return 2.6 - 2.4 * Math.cos((2 * Math.PI * seconds) / HOUR);
}

/** Ratings as rating systems know them: one hump around 1500. */
function oneHump(chance: Chance): number {
  return normal(chance, 1_500, 300);
}

/** Three in five are beginners who stick together, the others regulars who are spread wider. */
function twoHumps(chance: Chance): number {
  return chance() < 0.6 ? normal(chance, 1_150, 120) : normal(chance, 1_850, 180);
}

const steady = (rate: number): Population => ({
  name: `steady-${rate}`,
  rate: () => rate,
  peak: rate,
  rating: oneHump,
  frozen: false,
});

/** Every population, in the order of the report. */
export const populations: readonly Population[] = [
  steady(0.2),
  steady(1),
  steady(5),
  { name: "swinging", rate: swing, peak: 5, rating: oneHump, frozen: false },
  { name: "bimodal", rate: () => 1, peak: 1, rating: twoHumps, frozen: true },
  {
    name: "step",
    // Up for odd seeds, down for even ones, once half of all have come.
    rate: (_seconds, share, odd) => (odd === share < 0.5 ? 0.5 : 5),
    peak: 5,
    rating: oneHump,
    frozen: true,
  },
];

/**
 * The trace of a population that a seed decides: a Poisson process of its rate, by thinning one of its peak rate, with
 * times cut to milliseconds and ratings rounded to a grain.
 */
export function traceOf(population: Population, seed: number, arrivals = ARRIVALS): Trace {
  const { name, rate, peak, rating } = population;
  const chance = seeded(seed + 1_000_003 * (1 + populations.indexOf(population)));
  const at = new Float64Array(arrivals);
  const ratings = new Float64Array(arrivals);
  let seconds = 0;
  for (let who = 0; who < arrivals; who++) {
    do seconds -= Math.log(1 - chance()) / peak;
    while (chance() * peak >= rate(seconds, who / arrivals, seed % 2 === 1));
    at[who] = Math.floor(seconds * 1_000);
    ratings[who] = Math.round(rating(chance) / GRAIN) * GRAIN;
  }
  return { population: name, seed, at, ratings };
}

function normal(chance: Chance, centre: number, spread: number): number {
  return centre + spread * Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
}
