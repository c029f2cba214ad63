import type { Ticket } from "@evenmatch/core";
import { seeded } from "../core/traces.js";
import { traceOf, type Population } from "../quality/populations.js";
import { GRAIN } from "../quality/trace.js";
import type { Shape } from "./shapes.js";

/** Friends play about as well: the standard deviation of their ratings around that of their party, in points. */
const FRIENDS = 50;

/** Tickets that arrive one after the other. */
export interface TeamTrace {
  readonly population: string;
  readonly shape: Shape;
  readonly seed: number;
  readonly tickets: readonly Ticket[];
}

/**
 * The arrivals of a population as tickets of a shape: the same instants and ratings for every shape, where a party has
 * the rating of its arrival, give or take a little for each of its members.
 */
export function teamTraceOf(population: Population, shape: Shape, seed: number, arrivals: number): TeamTrace {
  const { at, ratings } = traceOf(population, seed, arrivals);
  const chance = seeded(seed + 7_000_003);
  const tickets = Array.from(at, (joinedAt, place): Ticket => {
    const size = sizeOf(shape, chance() * 100);
    const id = String(place).padStart(6, "0");
    const players = Array.from({ length: size }, (_, member) => ({
      id: `${id}-${member}`,
      rating: ratings[place]! + (size === 1 ? 0 : apart(chance)),
    }));
    return { id, queue: "teams", region: "", players, joinedAt };
  });
  return { population: population.name, shape, seed, tickets };
}

function sizeOf({ sizes }: Shape, share: number): number {
  let sum = 0;
  return sizes.findIndex((part) => share < (sum += part)) + 1 || 1;
}

function apart(chance: () => number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - chance())) * Math.cos(2 * Math.PI * chance());
  return Math.round((FRIENDS * normal) / GRAIN) * GRAIN;
}
