import type { Random } from "@evenmatch/core";

/** A whole number from 0 to 2^32 − 1 from which a run of chance follows. */
export type Seed = number;

/** The environment variable that fixes the seed of a run. */
export const SEED_VARIABLE = "EVENMATCH_SEED";

/** Chance that can be had again: the same seed gives the same values, call by call, on every machine. */
export interface Rng {
  readonly seed: Seed;
  /** 32 random bits, from 0 to 2^32 − 1. */
  bits(): number;
  /** At least 0 and less than 1, with 53 random bits. */
  float(): number;
  /** A whole number from `min` to `max`, both included. Throws `RangeError` when there is none. */
  int(min: number, max: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  /** One of the items. Throws `RangeError` when there are none. */
  pick<T>(items: readonly T[]): T;
  /** The items in random order, in a new array. */
  shuffle<T>(items: readonly T[]): T[];
  /** Waiting times between independent events that come once in `mean` on average. */
  exponential(mean: number): number;
  /** The normal distribution. */
  normal(mean: number, deviation: number): number;
  /** Another source for a part of the run, whose values do not depend on how much was drawn elsewhere. */
  fork(name: string): Rng;
  /** Fills bytes: the source of chance that the core takes. */
  readonly random: Random;
}

/** A {@link Random} for the core from a seed: ids and choices come out the same in each run. */
export function seededRandom(seed: Seed): Random {
  return rng(seed).random;
}

/**
 * A seeded source: xoshiro128** 1.1 by Blackman and Vigna ("Scrambled linear pseudorandom number generators", 2018),
 * its state filled from the seed by the mixing function of MurmurHash3. For tests and simulations, not for secrets.
 */
export function rng(seed: Seed): Rng {
  const bits = xoshiro128(checkedSeed(seed));
  const float = (): number => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6)) / 2 ** 53;
  const int = (min: number, max: number): number => {
    if (!(Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max)) {
      throw new RangeError(`int takes whole numbers min ≤ max, not ${min} and ${max}`);
    }
    return min + Math.floor(float() * (max - min + 1));
  };
  return {
    seed,
    bits,
    float,
    int,
    chance: (probability) => float() < probability,
    pick: (items) => {
      if (items.length === 0) throw new RangeError("pick takes at least one item");
      return items[int(0, items.length - 1)] as (typeof items)[number];
    },
    shuffle: (items) => {
      const shuffled = [...items];
      for (let last = shuffled.length - 1; last > 0; last--) {
        const place = int(0, last);
        [shuffled[last], shuffled[place]] = [shuffled[place]!, shuffled[last]!];
      }
      return shuffled;
    },
    exponential: (mean) => -Math.log(1 - float()) * mean,
    // Box and Muller; the second value of each pair is dropped, so that every call draws the same amount.
    normal: (mean, deviation) =>
      mean + deviation * Math.sqrt(-2 * Math.log(1 - float())) * Math.cos(2 * Math.PI * float()),
    fork: (name) => rng(hashed(seed, name)),
    random: (bytes) => {
      for (let index = 0; index < bytes.length; index++) bytes[index] = bits() >>> 24;
      return bytes;
    },
  };
}

/** A seed for this run: that of the environment variable `EVENMATCH_SEED`, else one by chance. */
export function newSeed(): Seed {
  const given = process.env[SEED_VARIABLE];
  if (given !== undefined && given !== "") return checkedSeed(Number(given));
  return crypto.getRandomValues(new Uint32Array(1))[0] as Seed;
}

/** How to run again what failed with a seed: one line for people. */
export function replayHint(seed: Seed, command = "npm test"): string {
  return `seed ${seed}; replay with ${SEED_VARIABLE}=${seed} ${command}`;
}

/**
 * Runs a test with a seed, {@link newSeed} by default. When it fails, the error says the seed and the command that
 * replays it, and has what was thrown as its `cause`.
 */
export async function withSeed<T>(
  run: (seed: Seed) => T | Promise<T>,
  { seed = newSeed(), command }: { readonly seed?: Seed; readonly command?: string } = {},
): Promise<T> {
  try {
    return await run(seed);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${message}\n(${replayHint(seed, command)})`, { cause });
  }
}

function checkedSeed(seed: Seed): Seed {
  if (Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32) return seed;
  throw new RangeError(`a seed is a whole number from 0 to ${2 ** 32 - 1}, not ${seed}`);
}

function xoshiro128(seed: Seed): () => number {
  let a = mixed(seed);
  let b = mixed(seed + 0x9e3779b9);
  let c = mixed(seed + 2 * 0x9e3779b9);
  // All zeros is the one state that never leaves itself; 1 rules it out.
  let d = mixed(seed + 3 * 0x9e3779b9) | 1;
  return () => {
    const result = Math.imul(rotated(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotated(d, 11);
    return result;
  };
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

/** The finalizer of MurmurHash3: each bit of the input changes each bit of the output half of the time. */
function mixed(value: number): number {
  let hash = value | 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** FNV-1a over the text, started from the seed. */
function hashed(seed: Seed, text: string): Seed {
  let hash = mixed(seed) ^ 0x811c9dc5;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mixed(hash) >>> 0;
}
