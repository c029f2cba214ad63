import type { Millis } from "@evenmatch/core";
import fc from "fast-check";
import { BUILT_AT } from "./build.js";

/** Which players of a run to name. */
export interface NamedPlayerOptions {
  /** Players of the first so many tickets are named; 8 when left out. */
  readonly tickets?: number;
  /** The largest party of the run; 1 when left out. */
  readonly maxPartySize?: number;
  /** At most so many names; 3 when left out. */
  readonly maxNames?: number;
}

/** Which instants to generate. */
export interface InstantOptions {
  /** The instant around which they lie; {@link BUILT_AT} when left out, where generated pools begin. */
  readonly from?: Millis;
  /** They lie within so many milliseconds of it, before and after; 500 when left out. */
  readonly withinMs?: Millis;
}

/** Which regions to generate latencies to. */
export interface LatencyRangeOptions {
  /** The regions that can be measured; `eu`, `na` and `asia` when left out. */
  readonly regions?: readonly string[];
  /** Many latencies are whole multiples of this, so that limits are met exactly; 50 ms when left out. */
  readonly step?: Millis;
}

const LABELS = ["red", "green", "blue"];

/** The id of a generated player: the grower of tickets counts them in the same way. */
export function playerId(index: number, place: number): string {
  return `p${index}-${place}`;
}

/** Ids of players of the same run, who may be there, come later, or be the player itself. */
export function playerIds({ tickets = 8, maxPartySize = 1 }: NamedPlayerOptions = {}): fc.Arbitrary<string> {
  return fc
    .tuple(fc.nat(tickets - 1), fc.nat(maxPartySize - 1))
    .map(([index, place]) => playerId(index, place));
}

/** Lists of players whom somebody does not want to meet: often nobody, seldom mutual, and now and then strangers. */
export function blockLists(options: NamedPlayerOptions = {}): fc.Arbitrary<string[]> {
  const { maxNames = 3 } = options;
  const named = fc.oneof(
    { weight: 9, arbitrary: playerIds(options) },
    { weight: 1, arbitrary: fc.constant("a stranger") },
  );
  return fc.uniqueArray(named, { maxLength: maxNames });
}

/** Instants near one: at it, a round number of milliseconds from it, or anywhere around it. */
export function instants({ from = BUILT_AT, withinMs = 500 }: InstantOptions = {}): fc.Arbitrary<Millis> {
  return fc
    .oneof(
      { weight: 2, arbitrary: fc.constantFrom(0, 1, 50, 100, -50, -100) },
      { weight: 3, arbitrary: fc.integer({ min: -withinMs, max: withinMs }) },
    )
    .map((distance) => from + Math.max(-withinMs, Math.min(withinMs, distance)));
}

/** Whom somebody met, and when, by the ids of players of the same run. */
export function encounters(
  options: NamedPlayerOptions & InstantOptions = {},
): fc.Arbitrary<Record<string, Millis>> {
  const { maxNames = 3 } = options;
  return fc.dictionary(playerIds(options), instants(options), { maxKeys: maxNames, noNullPrototype: true });
}

/** One of a few strings, so that players are alike and unlike about as often. */
export function labels(values: readonly string[] = LABELS): fc.Arbitrary<string> {
  return fc.constantFrom(...values);
}

/** Sets of a few strings, in any order: equal ones, overlapping ones, disjoint ones, and empty ones. */
export function labelSets(values: readonly string[] = LABELS): fc.Arbitrary<string[]> {
  return fc.shuffledSubarray([...values]);
}

/** Milliseconds to each of some regions: ties, exact steps and regions that were not measured among them. */
export function latencies({
  regions = ["eu", "na", "asia"],
  step = 50,
}: LatencyRangeOptions = {}): fc.Arbitrary<Record<string, Millis>> {
  const latency = fc.oneof(
    { weight: 3, arbitrary: fc.integer({ min: 0, max: 5 }).map((steps) => steps * step) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 6 * step }) },
    { weight: 1, arbitrary: fc.double({ min: 0, max: 6 * step, noNaN: true }) },
  );
  const measured = Object.fromEntries(regions.map((region) => [region, latency]));
  return fc.record(measured, { requiredKeys: regions.slice(0, 1), noNullPrototype: true });
}
