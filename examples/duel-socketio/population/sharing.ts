import type { FinalState } from "@evenmatch/testkit";

/** Each worker makes at least so many of a hundred matches. */
const LEAST_OF_WORKER = 20;

/** At least so many of a hundred join players of different API processes. */
const LEAST_CROSSING = 30;

/** With fewer matches than this the shares say nothing. */
const ENOUGH_MATCHES = 40;

/** How the work was shared by several processes. */
export interface Sharing {
  /** Of a hundred matches that a worker wrote down, how many each did. */
  readonly workers: Readonly<Record<string, number>>;
  /** Of a hundred matches, how many joined players of different API processes. */
  readonly crossingPercent: number;
  /** How many matches that rests on: those of whose every player it is known where they were. */
  readonly known: number;
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
  const shares = Object.fromEntries(
    names.map((name) => [name, percent(noted.filter((one) => one === name).length, noted.length)]),
  );
  const known = happened
    .map(({ teams }) => teams.flat().map((ticketId) => seats.get(ticketId)))
    .filter((match): match is (readonly number[])[] => match.every((at) => at !== undefined));
  const crossing = known.filter((match) => new Set(match.flat()).size > 1).length;
  const crossingPercent = percent(crossing, known.length);
  const isEnough = known.length >= ENOUGH_MATCHES;
  const problems = [
    ...(names.length < 2 ? [`Matches were made by ${names.join(", ") || "nobody"} alone.`] : []),
    ...names
      .filter((name) => isEnough && (shares[name] ?? 0) < LEAST_OF_WORKER)
      .map((name) => `${name} made ${shares[name]} % of the matches, not ${LEAST_OF_WORKER} %.`),
    ...(isEnough && crossingPercent < LEAST_CROSSING
      ? [`${crossingPercent} % of the matches join players of different processes, not ${LEAST_CROSSING} %.`]
      : []),
  ];
  return { workers: shares, crossingPercent, known: known.length, problems };
}

function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((1_000 * part) / whole) / 10;
}
