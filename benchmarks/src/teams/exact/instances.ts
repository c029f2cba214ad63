import type { Ticket } from "@evenmatch/core";
import { populations, type Population } from "../../quality/populations.js";
import { shapes, type Shape } from "../shapes.js";
import { teamTraceOf, type TeamTrace } from "../trace.js";

/** How many tickets a small trace has, for the shapes that have any. */
const TICKETS: Readonly<Record<string, number>> = { "2x2": 16, "2x2-parties": 14, "2x5-parties": 14 };

/** How many small traces a seed makes. */
export const INSTANCES = 10;

/** How many came before: as many as a strategy may remember. */
const BEFORE = 512;

/** A trace so small that its optimum can be found, after many who left again. */
export interface Instance {
  readonly trace: TeamTrace;
  readonly before: readonly Ticket[];
}

/** The shapes and populations with small traces. All are steady: in a few seconds no rate swings. */
export const smallShapes: readonly Shape[] = shapes.filter(({ name }) => name in TICKETS);
export const smallPopulations: readonly Population[] = populations.filter(({ name }) =>
  name.startsWith("steady"),
);

/** The small traces of a seed. */
export function instancesOf(population: Population, shape: Shape, seed: number, count: number): Instance[] {
  return Array.from({ length: count }, (_, place) => {
    const arrivals = BEFORE + TICKETS[shape.name]!;
    const { tickets, ...rest } = teamTraceOf(population, shape, seed * 1_000 + place, arrivals);
    return { trace: { ...rest, tickets: tickets.slice(BEFORE) }, before: tickets.slice(0, BEFORE) };
  });
}
