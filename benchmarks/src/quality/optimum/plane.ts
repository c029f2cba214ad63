import { POINTS_PER_SECOND } from "../outcome.js";
import { GRAIN, type Trace } from "../trace.js";
import { GraphBuilder } from "./graph.js";

/** So many units make a rating point: the fewest in which both a grain of rating and a millisecond are whole. */
export const UNITS = 1_600;

/**
 * A trace as points in a plane whose distances are costs: two who meet do so when the later one arrives, and pay their
 * gap and the earlier one's wait. That is the Manhattan distance of (rating, price × time), here in whole units.
 */
export interface Points {
  /** Ratings. */
  readonly x: Float64Array;
  /** Times, at their price; in order. */
  readonly y: Float64Array;
}

export function pointsOf({ at, ratings }: Trace): Points {
  const x = ratings.map((rating) => rating * UNITS);
  const y = at.map((ms) => (ms * POINTS_PER_SECOND * UNITS) / 1_000);
  if (![...x, ...y].every(Number.isSafeInteger))
    throw new Error(`ratings are multiples of ${GRAIN} points, and times whole milliseconds`);
  return { x, y };
}

export function distance({ x, y }: Points, one: number, other: number): number {
  return Math.abs(x[one]! - x[other]!) + Math.abs(y[one]! - y[other]!);
}

/**
 * The pairs that may well meet: each point with the nearest few in each of its four quadrants, and with the next in
 * time, so that everybody can be paired.
 */
export function candidatesOf(points: Points, perQuadrant: number): GraphBuilder {
  const size = points.x.length;
  const graph = new GraphBuilder(size, (one, other) => distance(points, one, other));
  for (let point = 0; point + 1 < size; point++) graph.add(point, point + 1);
  for (let point = 0; point < size; point++) {
    for (const step of [1, -1] as const) {
      for (const nearest of nearestOf(points, point, step, perQuadrant))
        for (const other of nearest.points) graph.add(point, other);
    }
  }
  return graph;
}

/** The nearest points forwards or backwards in time: of lower ratings, and of others. */
function nearestOf(points: Points, point: number, step: 1 | -1, count: number): readonly [Nearest, Nearest] {
  const { x, y } = points;
  const lower = new Nearest(count);
  const higher = new Nearest(count);
  for (let other = point + step; other >= 0 && other < x.length; other += step) {
    const apart = Math.abs(y[other]! - y[point]!);
    if (apart > lower.farthest && apart > higher.farthest) break;
    (x[other]! < x[point]! ? lower : higher).offer(other, distance(points, point, other));
  }
  return [lower, higher];
}

/** The few nearest of all that were offered. */
class Nearest {
  readonly points: number[] = [];
  readonly #distances: number[] = [];

  constructor(private readonly count: number) {}

  /** Whatever is farther than this does not count; `Infinity` while there is room. */
  get farthest(): number {
    return this.points.length < this.count ? Infinity : this.#distances.at(-1)!;
  }

  offer(point: number, away: number): void {
    if (away >= this.farthest) return;
    let place = this.#distances.length;
    while (place > 0 && this.#distances[place - 1]! > away) place--;
    this.#distances.splice(place, 0, away);
    this.points.splice(place, 0, point);
    this.#distances.length = this.points.length = Math.min(this.count, this.points.length);
  }
}
