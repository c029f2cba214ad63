import type { JoinRequest, Ticket } from "@evenmatch/core";

/** Six regions of very different size, as shares of a hundred. */
const REGIONS = [
  ["eu", 38],
  ["na", 27],
  ["as", 16],
  ["sa", 10],
  ["oc", 6],
  ["af", 3],
] as const;

export const regions: readonly string[] = REGIONS.map(([name]) => name);

/** Ratings as games see them: around 1500, most within 350 of it. */
const CENTRE = 1_500;
const SPREAD = 350;

/** One player who comes: where, how good, and when (ms after the first). */
export interface Arrival {
  /** Index into {@link regions}. */
  readonly region: number;
  /** A multiple of 1/8, so that sums of gaps are exact and can be compared. */
  readonly rating: number;
  readonly at: number;
}

/** Numbers from 0 to 1 that the seed decides (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Arrivals in the order of time, ten a millisecond on average, in six uneven regions. */
export function arrivals(count: number, seed: number): Arrival[] {
  const chance = seeded(seed);
  let at = 0;
  return Array.from({ length: count }, () => {
    at += -Math.log(1 - chance()) / 10;
    return { region: regionOf(chance() * 100), rating: ratingOf(chance), at: Math.floor(at) };
  });
}

function regionOf(share: number): number {
  let sum = 0;
  const index = REGIONS.findIndex(([, part]) => share < (sum += part));
  return index < 0 ? 0 : index;
}

function ratingOf(chance: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  return Math.round((CENTRE + SPREAD * normal) * 8) / 8;
}

/** What players send to `join`; ids are unique and of a usual length. */
export function requests(trace: readonly Arrival[]): JoinRequest[] {
  return trace.map(({ region, rating }, index) => ({
    region: regions[region]!,
    players: [{ id: playerId(index), rating }],
  }));
}

/** The tickets of a trace, for pools that are filled without a matchmaker. */
export function tickets(trace: readonly Arrival[]): Ticket[] {
  return trace.map(({ region, rating, at }, index) => ({
    id: `classic.${regions[region]!}.${String(index).padStart(12, "0")}`,
    queue: "classic",
    region: regions[region]!,
    players: [{ id: playerId(index), rating }],
    joinedAt: 1_700_000_000_000 + at,
    expiresAt: Infinity,
    heartbeatMs: Infinity,
  }));
}

/** The text that the C++ reference reads. */
export function fileOf(trace: readonly Arrival[]): string {
  return trace.map(({ region, rating, at }) => `${region} ${rating} ${at}\n`).join("");
}

/** A usual player id. */
export function playerId(index: number): string {
  return flat(`player-${String(index).padStart(9, "0")}`);
}

/** A text in one piece, as it comes from a network: V8 keeps what was just put together as a tree. */
export function flat(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** Whole numbers from 0, shuffled. */
export function shuffled(count: number, seed: number): Uint32Array {
  const chance = seeded(seed);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(chance() * (last + 1));
    [order[last], order[other]] = [order[other]!, order[last]!];
  }
  return order;
}
