import { Fifo, ticketsOf, type Millis } from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import { describe, expect, it } from "vitest";
import { newSeed, rng, ticket, type Rng } from "@evenmatch/testkit";

/** One arrival in so many milliseconds on average, over all pools. */
const MEAN_GAP = 1_000;
const ARRIVALS = 24_000;

/** Groups are counted in so many batches, which are long enough to know nothing of each other. */
const BATCHES = 60;

/**
 * How far off, in standard errors, a mean may be: with 60 batches a right one is further off once in ten million
 * runs, and a form that is wrong by a tenth is off by far more.
 */
const ERRORS = 6;

interface Shape {
  readonly teams: number;
  readonly teamSize: number;
}

/** Players arrive one by one, without memory, at one of some pools that are alike; the mean wait of each match. */
function waits(chance: Rng, shape: Shape, pools: number, waveMs: Millis): number[] {
  const found: number[] = [];
  const drivers = Array.from({ length: pools }, () => {
    return new Driver({
      strategy: new Fifo(shape),
      waveMs,
      stopwatch: () => 0,
      onPass: ({ at, proposals }) => {
        for (const proposal of proposals) {
          const group = ticketsOf(proposal);
          found.push(group.reduce((sum, { joinedAt }) => sum + at - joinedAt, 0) / group.length);
        }
      },
      onExpire: () => expect.unreachable("nobody is given a time to leave"),
      onError: (error) => expect.unreachable(error.message),
    });
  });
  let at = 0;
  for (let count = 0; count < ARRIVALS; count++) {
    at += chance.exponential(MEAN_GAP);
    const joinedAt = Math.floor(at);
    // Everybody's time runs on, also where nobody comes: matches are found in the order in which they are made.
    for (const driver of drivers) driver.advance(joinedAt);
    chance.pick(drivers).joined(ticket({ id: `t${count}`, joinedAt, expiresAt: Infinity }), joinedAt);
  }
  return found;
}

/** The mean, and the standard error that it has by the spread of batches. */
function estimated(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const size = Math.floor(values.length / BATCHES);
  const batches = Array.from({ length: BATCHES }, (_, batch) =>
    meanOf(values.slice(batch * size, (batch + 1) * size)),
  );
  const mean = meanOf(batches);
  const variance = batches.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (BATCHES - 1);
  return { mean, error: Math.sqrt(variance / BATCHES) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Where arrivals have no memory and come λ to a unit of time, the k-th of a group of n waits for n − k more: on
 * average over the group (n − 1) ÷ 2λ. With m pools each sees λ ÷ m of them. Waves come at an instant that knows
 * nothing of arrivals, half of their distance later on average.
 */
describe("mean waits in closed form", () => {
  const duel: Shape = { teams: 2, teamSize: 1 };
  const five: Shape = { teams: 2, teamSize: 5 };
  it.each([
    ["two", duel, 1, Infinity],
    ["two in six pools", duel, 6, Infinity],
    ["two in waves of 7 s", duel, 1, 7_000],
    ["two in six pools, in waves of 2.5 s", duel, 6, 2_500],
    ["four", { teams: 2, teamSize: 2 }, 1, Infinity],
    ["ten", five, 1, Infinity],
    ["ten in three pools, in waves of 30 s", five, 3, 30_000],
    ["three at one table", { teams: 1, teamSize: 3 }, 1, Infinity],
  ])("holds for %s", (_, shape, pools, waveMs) => {
    const seed = newSeed();
    const { mean, error } = estimated(waits(rng(seed), shape, pools, waveMs));
    const players = shape.teams * shape.teamSize;
    const expected = ((players - 1) / 2) * MEAN_GAP * pools + (waveMs < Infinity ? waveMs / 2 : 0);
    expect(Math.abs(mean - expected) / error, `seed ${seed}: ${mean} ± ${error}`).toBeLessThan(ERRORS);
    // A bound so wide that it proves nothing would pass, too.
    expect(ERRORS * error).toBeLessThan(expected / 5);
  });

  it("is missed by a rule that lets one more wait", () => {
    const seed = newSeed();
    const { mean, error } = estimated(waits(rng(seed), { teams: 3, teamSize: 1 }, 1, Infinity));
    expect(Math.abs(mean - MEAN_GAP / 2) / error, `seed ${seed}`).toBeGreaterThan(ERRORS);
  });
});
