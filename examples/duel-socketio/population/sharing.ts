import type { FinalState } from "@evenmatch/testkit";
import type { Goal } from "./evening.js";

/** Each worker makes so many matches, or in a long run so many of a hundred: else it has no part in the work. */
const ENOUGH_OF_WORKER = 15;
const LEAST_OF_WORKER = 5;

/** A run with so many matches is long: nobody waits for a worker that has not made its own. */
const ENOUGH_OF_ALL = 300;

/** At least so many of a hundred join players of different API processes. */
const LEAST_CROSSING = 30;

/** With fewer matches than this that share says nothing. */
const ENOUGH_KNOWN = 100;

/** How the work was shared by several processes. */
export interface Sharing {
  /** Of a hundred matches that a worker wrote down, how many each did. */
  readonly workers: Readonly<Record<string, number>>;
  /** Of a hundred matches, how many joined players of different API processes. */
  readonly crossingPercent: number;
  /** How many matches that rests on: those of whose every player it is known where they were. */
  readonly known: number;
  /** What has to happen for these shares to say something. */
  readonly goals: readonly Goal[];
  readonly problems: readonly string[];
}

/**
 * Judges how matches spread over workers, and whether they join players of different API processes: `workers` has the
 * worker of a match, `seats` the API processes that the players of a ticket were at when they joined.
 */
export function judgeSharing(
  { matches }: FinalState,
  workers: ReadonlyMap<string, string>,
  seats: ReadonlyMap<string, readonly number[]>,
): Sharing {
  const happened = matches.filter(({ state }) => state === "settled" || state === "delivered");
  const noted = happened.flatMap(({ matchId }) => workers.get(matchId) ?? []);
  const names = [...new Set(noted)].sort();
  const made = names.map((name) => noted.filter((one) => one === name).length);
  const shares = Object.fromEntries(names.map((name, index) => [name, percent(made[index]!, noted.length)]));
  const known = happened
    .map(({ teams }) => teams.flat().map((ticketId) => seats.get(ticketId)))
    .filter((match): match is (readonly number[])[] => match.every((at) => at !== undefined));
  const crossing = known.filter((match) => new Set(match.flat()).size > 1).length;
  const crossingPercent = percent(crossing, known.length);
  const fewest = names.length < 2 ? 0 : Math.min(...made);
  const isLong = noted.length >= ENOUGH_OF_ALL;
  const goals = [
    ...(isLong
      ? []
      : [{ what: "matches of the worker with the fewest", least: ENOUGH_OF_WORKER, so: fewest }]),
    { what: "matches of players whose places are known", least: ENOUGH_KNOWN, so: known.length },
  ];
  const problems = [
    ...(names.length < 2 ? [`Matches were made by ${names.join(", ") || "nobody"} alone.`] : []),
    ...names
      .filter((name) => isLong && (shares[name] ?? 0) < LEAST_OF_WORKER)
      .map((name) => `${name} made ${shares[name]} % of the matches, not ${LEAST_OF_WORKER} %.`),
    ...(known.length >= ENOUGH_KNOWN && crossingPercent < LEAST_CROSSING
      ? [`${crossingPercent} % of the matches join players of different processes, not ${LEAST_CROSSING} %.`]
      : []),
  ];
  return { workers: shares, crossingPercent, known: known.length, goals, problems };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((1_000 * part) / whole) / 10;
}
