import { invalid, isObject, nonNegative, wholeAtLeast } from "../options.js";
import { Relaxation } from "./relaxation.js";
import { TeamSeats } from "./team-seats.js";
import type { TeamSpread } from "./team-spread.js";

/** The rule of {@link TeamBalance}. */
export interface TeamBalanceOptions {
  /** How many teams play a match. */
  readonly teams: number;
  /** How many players a team has. */
  readonly teamSize: number;
  /**
   * How far apart the highest and the lowest rating of the tickets of a match may be, in rating points; as a
   * {@link Relaxation}, how far after the wait of the oldest of them.
   */
  readonly maxRatingSpread: number | Relaxation;
  /**
   * How much unevenly shared uncertainty counts when a group is split: so many rating points for each point by which
   * the mean deviations of two teams differ. 0 by default: ratings alone decide.
   */
  readonly uncertaintyWeight?: number;
  /** Which sizes of parties may join; every size from 1 to `teamSize` by default. */
  readonly partySizes?: readonly number[];
}

/** What teams are made of, checked. */
export interface TeamShape {
  readonly seats: TeamSeats;
  readonly uncertaintyWeight: number;
  readonly partySizes: readonly number[];
}

/** By which rule teams are made in a pool. */
export interface TeamRule extends TeamShape {
  readonly spread: TeamSpread;
  /** The quality of a match, by how far apart its teams' ratings are, and the spread that it was allowed. */
  readonly qualityOf: (imbalance: number, allowed: number) => number;
}

export const SHAPE = ["teams", "teamSize", "uncertaintyWeight", "partySizes"] as const;

/** Checks what teams are made of; throws `INVALID_OPTIONS`. */
export function checkedShape(given: Readonly<Record<string, unknown>>): TeamShape {
  const teamSize = wholeAtLeast(1, "teamSize", given["teamSize"]);
  // One player alone is no match.
  const teams = wholeAtLeast(teamSize === 1 ? 2 : 1, "teams", given["teams"]);
  return {
    seats: new TeamSeats(teams, teamSize),
    uncertaintyWeight: nonNegative("uncertaintyWeight", given["uncertaintyWeight"] ?? 0),
    partySizes: checkedSizes(given["partySizes"], teamSize),
  };
}

/** Checks `maxRatingSpread`; throws `INVALID_OPTIONS`. */
export function checkedRelaxation(maxRatingSpread: unknown): Relaxation {
  return maxRatingSpread instanceof Relaxation
    ? maxRatingSpread
    : Relaxation.constant(checkedSpread(maxRatingSpread));
}

function checkedSpread(spread: unknown): number {
  if (!isObject(spread)) return nonNegative("maxRatingSpread", spread);
  const remedy = "Pass a number of rating points, or a Relaxation such as Relaxation.line(…).";
  throw invalid("INVALID_OPTIONS", "maxRatingSpread is a number or a Relaxation", spread, remedy);
}

function checkedSizes(sizes: unknown, teamSize: number): readonly number[] {
  if (sizes === undefined) return Array.from({ length: teamSize }, (_, index) => index + 1);
  if (!Array.isArray(sizes) || sizes.length === 0) {
    const remedy = "Pass a list such as [1, 2], or leave it out to allow all.";
    throw invalid("INVALID_OPTIONS", "partySizes is a list of sizes", sizes, remedy);
  }
  for (const size of Array.from(sizes as unknown[])) {
    if (Number.isSafeInteger(size) && (size as number) >= 1 && (size as number) <= teamSize) continue;
    const remedy = "Parties are kept whole: leave out sizes that no team has room for.";
    throw invalid(
      "INVALID_OPTIONS",
      `partySizes are whole numbers from 1 to teamSize, ${teamSize}`,
      size,
      remedy,
    );
  }
  const checked = [...new Set(sizes as number[])].sort((one, other) => one - other);
  for (const size of checked) checkSeated(size, checked, teamSize);
  return checked;
}

/** Whoever can be in no full team would wait for ever. Teams are alike, so it is enough to look at one. */
function checkSeated(size: number, sizes: readonly number[], teamSize: number): void {
  const fillable = [true];
  for (let seats = 1; seats <= teamSize; seats++) {
    fillable[seats] = sizes.some((each) => each <= seats && fillable[seats - each]);
  }
  if (fillable[teamSize - size]) return;
  const rule =
    `parties of the partySizes fill a team of ${teamSize} exactly, ` +
    `and a party of ${size} is in no such team: ${teamSize - size} seats beside it stay empty`;
  const remedy = "Allow sizes that add up to teamSize, such as 1, or change teamSize.";
  throw invalid("INVALID_OPTIONS", rule, sizes, remedy);
}
