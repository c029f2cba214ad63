import { byAge, type Ticket } from "../ticket/ticket.js";
import type { TeamRule } from "./team-options.js";
import type { Region } from "./team-region.js";
import type { TeamSeats } from "./team-seats.js";

/** So many partial splits are looked at before the best one found is taken. */
const SEARCHED = 25_000;

/** A group dealt to teams. */
export interface Split {
  /** The team with the oldest ticket first, each oldest first. */
  readonly teams: Ticket[][];
  /** How far apart the highest and the lowest mean rating of a team are, in rating points. */
  readonly imbalance: number;
  /** The imbalance and, weighted, that of the mean deviations. */
  readonly cost: number;
}

interface Share {
  readonly ticket: Ticket;
  readonly size: number;
  /** Sums over its players. */
  readonly rating: number;
  readonly deviation: number;
}

/**
 * Splits a group that fills the teams exactly: of all ways to deal its tickets one with the least cost, which is how
 * far apart the teams' mean ratings are (highest minus lowest), and `uncertaintyWeight` times the same of their mean
 * deviations. A player without a deviation counts as certain.
 *
 * 1. Deal the largest parties first, of equal size those with the most rating: each to the teams with room, the
 *    weakest first, so that the first split found is a good one (greedy number partitioning). Teams that are still
 *    empty are alike, and one of them is tried.
 * 2. Go back and try the other teams, unless even the most favourable rest would leave the teams further apart than
 *    the best split found.
 *
 * Cost: exponential in the size of the group, and bounded: after 25,000 partial splits the best one found is taken.
 * That is exact for two teams of up to 8, three of up to 4 and five of 2, and often far beyond.
 */
export function bestSplit(group: readonly Ticket[], seats: TeamSeats, uncertaintyWeight: number): Split {
  return new Splitting(group, seats, uncertaintyWeight).best();
}

/** Splits groups of a region, which come as places, oldest first. */
export function splitter(
  { seats, uncertaintyWeight }: TeamRule,
  region: Region,
): (group: readonly number[]) => Pick<Split, "teams" | "imbalance"> {
  const isDuo = seats.teams === 2 && seats.teamSize === 2 && uncertaintyWeight === 0;
  return (group) => {
    if (isDuo && group.length === 4) return outerAgainstInner(group, region);
    return bestSplit(
      group.map((place) => region.tickets[place]!),
      seats,
      uncertaintyWeight,
    );
  };
}

/**
 * The best split of four single players into two teams, where ratings alone count: the strongest and the weakest
 * against the other two. For a ≥ b ≥ c ≥ d the teams of no other split are closer: |(a − b) − (c − d)| is at most
 * (a − b) + (c − d), which is at most (a − c) + (b − d).
 */
function outerAgainstInner(
  group: readonly number[],
  { tickets, ratings }: Region,
): Pick<Split, "teams" | "imbalance"> {
  const [one, two, three, four] = group as [number, number, number, number];
  // Places are in the order of ratings.
  const low = Math.min(one, two, three, four);
  const high = Math.max(one, two, three, four);
  // Who is in the team of the oldest: their own kind, the outer or the inner.
  const isOuter = one === low || one === high;
  const isMate = (place: number): boolean => (place === low || place === high) === isOuter;
  const mate = isMate(two) ? two : isMate(three) ? three : four;
  const first = mate === two ? three : two;
  const last = mate === four ? three : four;
  const own = ratings[one]! + ratings[mate]!;
  const other = ratings[first]! + ratings[last]!;
  return {
    teams: [
      [tickets[one]!, tickets[mate]!],
      [tickets[first]!, tickets[last]!],
    ],
    imbalance: Math.abs(own - other) / 2,
  };
}

class Splitting {
  readonly #shares: readonly Share[];
  /** Of the shares from each on: the lowest and the highest mean rating. */
  readonly #lowest: number[] = [];
  readonly #highest: number[] = [];
  readonly #room: number[];
  readonly #ratings: number[];
  readonly #deviations: number[];
  readonly #teamOf: number[] = [];
  /** Whether the shares from each on fit into teams with so much room, as far as it has been asked. */
  readonly #seated = new Map<string, boolean>();
  #best: readonly number[] = [];
  #least = Infinity;
  #left = SEARCHED;

  constructor(
    group: readonly Ticket[],
    private readonly seats: TeamSeats,
    private readonly uncertaintyWeight: number,
  ) {
    this.#shares = group.map(shareOf).sort(largestFirst);
    let lowest = Infinity;
    let highest = -Infinity;
    for (let index = this.#shares.length - 1; index >= 0; index--) {
      const { rating, size } = this.#shares[index] as Share;
      this.#lowest[index] = lowest = Math.min(lowest, rating / size);
      this.#highest[index] = highest = Math.max(highest, rating / size);
    }
    const teams = Array.from({ length: seats.teams }, () => 0);
    this.#room = teams.map(() => seats.teamSize);
    this.#ratings = [...teams];
    this.#deviations = [...teams];
  }

  best(): Split {
    this.#deal(0);
    const teams: Ticket[][] = this.#room.map(() => []);
    for (const [index, { ticket }] of this.#shares.entries())
      teams[this.#best[index] as number]?.push(ticket);
    for (const team of teams) team.sort(byAge);
    teams.sort(([one], [other]) => byAge(one as Ticket, other as Ticket));
    const means = teams.map((team) => meanOf(team, this.seats.teamSize));
    return { teams, imbalance: Math.max(...means) - Math.min(...means), cost: this.#least };
  }

  #deal(index: number): void {
    const share = this.#shares[index];
    if (!share) {
      const cost = apart(this.#ratings) + this.uncertaintyWeight * apart(this.#deviations);
      const mean = cost / this.seats.teamSize;
      if (mean >= this.#least) return;
      this.#least = mean;
      this.#best = [...this.#teamOf];
      return;
    }
    // The first way down is gone to its end, or there would be no split at all.
    if (this.#least < Infinity && (this.#left-- <= 0 || this.#atLeast(index) >= this.#least)) return;
    for (const team of this.#teamsFor(share)) {
      const rating = this.#ratings[team] as number;
      const deviation = this.#deviations[team] as number;
      this.#ratings[team] = rating + share.rating;
      this.#deviations[team] = deviation + share.deviation;
      (this.#room[team] as number) -= share.size;
      this.#teamOf[index] = team;
      if (this.#canSeat(index + 1, this.#room)) this.#deal(index + 1);
      // What was there before, and not a difference: sums stay the same to the last bit.
      this.#ratings[team] = rating;
      this.#deviations[team] = deviation;
      (this.#room[team] as number) += share.size;
    }
  }

  /** Whether the shares from this one on fit into the teams: without it, uneven parties would lead astray for long. */
  #canSeat(index: number, room: readonly number[]): boolean {
    const size = this.#shares[index]?.size ?? 1;
    // The smallest come last, and single players fit anywhere.
    if (size === 1) return true;
    const rooms = room.filter((left) => left > 0).sort((one, other) => one - other);
    const state = `${index}:${rooms.join()}`;
    let isSeated = this.#seated.get(state);
    if (isSeated === undefined) {
      isSeated = rooms.some(
        (left, team) =>
          left >= size && left !== rooms[team - 1] && this.#canSeat(index + 1, rooms.with(team, left - size)),
      );
      this.#seated.set(state, isSeated);
    }
    return isSeated;
  }

  /** Teams with room, the weakest first; of those that are empty one. */
  #teamsFor({ size }: Share): number[] {
    let hasEmpty = false;
    const teams: number[] = [];
    for (const [team, room] of this.#room.entries()) {
      const isEmpty = room === this.seats.teamSize;
      if (room < size || (isEmpty && hasEmpty)) continue;
      hasEmpty ||= isEmpty;
      teams.push(team);
    }
    return teams.sort((one, other) => (this.#ratings[one] as number) - (this.#ratings[other] as number));
  }

  /** How far apart the teams' mean ratings are at least, whoever of the rest goes where. */
  #atLeast(index: number): number {
    const [low, high] = [this.#lowest[index] as number, this.#highest[index] as number];
    let weakest = Infinity;
    let strongest = -Infinity;
    for (const [team, room] of this.#room.entries()) {
      const rating = this.#ratings[team] as number;
      weakest = Math.min(weakest, rating + room * high);
      strongest = Math.max(strongest, rating + room * low);
    }
    return (strongest - weakest) / this.seats.teamSize;
  }
}

function shareOf(ticket: Ticket): Share {
  let rating = 0;
  let deviation = 0;
  for (const player of ticket.players) {
    rating += player.rating;
    deviation += player.deviation ?? 0;
  }
  return { ticket, size: ticket.players.length, rating, deviation };
}

function largestFirst(one: Share, other: Share): number {
  return other.size - one.size || other.rating - one.rating || byAge(one.ticket, other.ticket);
}

function meanOf(team: readonly Ticket[], teamSize: number): number {
  let sum = 0;
  for (const { players } of team) for (const { rating } of players) sum += rating;
  return sum / teamSize;
}

function apart(sums: readonly number[]): number {
  return Math.max(...sums) - Math.min(...sums);
}
