import type { Rng } from "@evenmatch/testkit";
import type { QueueName, Region } from "../src/queues.js";

/** The described population: who plays where, how often, and how they behave. All chance comes from the seed. */

/** Six regions, and how many of a hundred live in each. */
const regions: readonly (readonly [Region, number])[] = [
  ["eu", 36],
  ["na", 27],
  ["asia", 18],
  ["sa", 10],
  ["oceania", 6],
  ["africa", 3],
];

/** What somebody alone plays, of a hundred games. */
const queues: readonly (readonly [QueueName, number])[] = [
  ["classic", 29],
  ["solo", 18],
  ["duo", 15],
  ["blitz", 20],
  ["tournament", 18],
];

/** How many of a hundred come with a friend and always play duo together. */
const WITH_FRIEND = 20;

/** Ratings follow the normal distribution. */
const MEAN_RATING = 1500;
const RATING_DEVIATION = 250;

/** Who comes: one alone, or two who stay together. */
export interface Household {
  readonly region: Region;
  readonly ratings: readonly number[];
  /** When they arrive, in ms after the start: a Poisson process. */
  readonly arrivesAt: number;
  readonly rng: Rng;
}

/** How fast life goes, in ms. */
export interface Pace {
  readonly arrivals: number;
  readonly rest: number;
  readonly patience: number;
}

export function paceOf(seconds: number): Pace {
  const within = (share: number, least: number, most: number): number =>
    Math.min(most, Math.max(least, (seconds * 1_000) / share));
  return { arrivals: seconds * 400, rest: within(6, 500, 12_000), patience: within(6, 1_000, 10_000) };
}

/** The households of one process. */
export function householdsOf(players: number, rng: Rng, { arrivals }: Pace): Household[] {
  const households: Household[] = [];
  let arrivesAt = 0;
  for (let count = 0; count < players;) {
    const size = players - count > 1 && rng.chance(WITH_FRIEND / 200) ? 2 : 1;
    count += size;
    arrivesAt += rng.exponential((arrivals * size) / players);
    const ratings = Array.from({ length: size }, () => ratingOf(rng));
    households.push({
      region: weighted(rng, regions),
      ratings,
      arrivesAt,
      rng: rng.fork(`household ${count}`),
    });
  }
  return households;
}

function ratingOf(rng: Rng): number {
  return Math.min(3_000, Math.max(100, Math.round(rng.normal(MEAN_RATING, RATING_DEVIATION))));
}

export function queueFor(rng: Rng): QueueName {
  return weighted(rng, queues);
}

/** What somebody does with a ticket besides waiting. */
export type Plan =
  | { readonly type: "wait" }
  /** Leaves, often while the match is being made. */
  | { readonly type: "leave"; readonly afterMs: number }
  /** Loses the connection, and is back after a while, or never. */
  | { readonly type: "drop"; readonly afterMs: number; readonly awayMs: number };

export function planFor(rng: Rng, { patience }: Pace, graceMs: number): Plan {
  const luck = rng.float();
  if (luck < 0.1) return { type: "leave", afterMs: rng.exponential(300) };
  if (luck < 0.18) return { type: "drop", afterMs: rng.exponential(300), awayMs: awayFor(rng, graceMs) };
  if (luck < 0.6) return { type: "leave", afterMs: rng.exponential(patience) };
  return { type: "wait" };
}

/** Half are back before their place is given up, most others later; some never come back. */
export function awayFor(rng: Rng, graceMs: number): number {
  const luck = rng.float();
  if (luck < 0.5) return graceMs * rng.float() * 0.8;
  if (luck < 0.9) return graceMs * (1.2 + rng.float());
  return Infinity;
}

/** How often a join is sent and the connection is lost before its answer. */
export function losesJoin(rng: Rng): boolean {
  return rng.chance(0.02);
}

/** How often somebody asks how long it will take before joining. */
export function asksForEstimate(rng: Rng): boolean {
  return rng.chance(0.2);
}

/**
 * What somebody answers to a ready check, and when; `undefined` is silence. The more players it asks, the less often
 * one of them fails the others: half as many times in a duo, an eighth in a bracket of 16.
 */
export function answerFor(
  rng: Rng,
  players: number,
): { readonly accepted: boolean; readonly afterMs: number } | undefined {
  const luck = rng.float() * (players / 2);
  if (luck < 0.06) return undefined;
  return { accepted: luck >= 0.13, afterMs: rng.exponential(800) };
}

function weighted<Item>(rng: Rng, items: readonly (readonly [Item, number])[]): Item {
  let luck = rng.float() * items.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [item, weight] of items) if ((luck -= weight) < 0) return item;
  return items[0]![0];
}
