import type { Ticket } from "../ticket/ticket.js";
import type { TeamRule } from "./team-options.js";
import type { Region } from "./team-region.js";

/** So many partial splits are looked at before the best one found is taken. */
const SEARCHED = 25_000;

/** Sums up to this are bits of a number. */
const BITS = 30;

/** A group dealt to teams. */
export interface Split {
  /** The team with the oldest ticket first, each oldest first. */
  readonly teams: Ticket[][];
  /** How far apart the highest and the lowest mean rating of a team are, in rating points. */
  readonly imbalance: number;
}

/**
 * Splits groups of a region that fill the teams exactly: of all ways to deal a group's tickets one with the least
 * cost, which is how far apart the teams' mean ratings are (highest minus lowest), and `uncertaintyWeight` times the
 * same of their mean deviations. A player without a deviation counts as certain.
 *
 * 1. Deal the largest parties first, of equal size those with the most rating: each to the teams with room, the
 *    weakest first, so that the first split found is a good one (greedy number partitioning). Teams that are still
 *    empty are alike, and one of them is tried.
 * 2. Go back and try the other teams, unless even the most favourable rest would leave the teams further apart than
 *    the best split found.
 *
 * Cost: exponential in the size of the group, and bounded: after 25,000 partial splits the best one found is taken.
 * That is exact for two teams of up to 8, three of up to 4 and five of 2, and often far beyond. What is computed on
 * the way is kept from group to group, so that only the answer is made of objects.
 */
export class Splitter {
  readonly #isDuo: boolean;
  readonly #isDuel: boolean;
  /** The shares of a group, largest first: its members as indices, then of each how many they are and their sums. */
  readonly #shares: number[] = [];
  readonly #sizes: Int32Array;
  readonly #ratings: Float64Array;
  readonly #deviations: Float64Array;
  /** Of the shares from each on: the lowest and the highest mean rating. */
  readonly #lowest: Float64Array;
  readonly #highest: Float64Array;
  /** With two teams, the numbers of players that some of the shares from each on add up to, as bits. */
  readonly #sums: Int32Array;
  /** With more, whether the shares from each on fit into teams with so much room, as far as it has been asked. */
  readonly #seated = new Map<string, boolean>();
  /** Of each team: its empty seats, and the sums over its players. */
  readonly #room: Int32Array;
  readonly #ratingOf: Float64Array;
  readonly #deviationOf: Float64Array;
  /** For each share the teams to try, in a row of its own. */
  readonly #tried: Int32Array;
  /** The team of each member of the group, now and in the best split. */
  readonly #teamOf: Int32Array;
  readonly #best: Int32Array;
  #isDealt = false;
  #least = Infinity;
  #left = SEARCHED;

  constructor(
    private readonly rule: TeamRule,
    private readonly region: Region,
  ) {
    const { teams, teamSize, players } = rule.seats;
    this.#isDuel = teams === 2 && teamSize <= BITS;
    this.#isDuo = teams === 2 && teamSize === 2 && rule.uncertaintyWeight === 0;
    this.#sizes = new Int32Array(players);
    this.#ratings = new Float64Array(players);
    this.#deviations = new Float64Array(players);
    this.#lowest = new Float64Array(players);
    this.#highest = new Float64Array(players);
    this.#sums = new Int32Array(players + 1);
    this.#room = new Int32Array(teams);
    this.#ratingOf = new Float64Array(teams);
    this.#deviationOf = new Float64Array(teams);
    this.#tried = new Int32Array(players * teams);
    this.#teamOf = new Int32Array(players);
    this.#best = new Int32Array(players);
  }

  /** The members come as places of the region, oldest first. */
  split(group: readonly number[]): Split {
    if (this.#isDuo && group.length === 4) return outerAgainstInner(group, this.region);
    this.#share(group);
    this.#room.fill(this.rule.seats.teamSize);
    this.#ratingOf.fill(0);
    this.#deviationOf.fill(0);
    this.#isDealt = false;
    this.#least = Infinity;
    this.#left = SEARCHED;
    this.#deal(0);
    return this.#answer(group);
  }

  #answer(group: readonly number[]): Split {
    const { tickets } = this.region;
    const teams: Ticket[][] = [];
    // Members come by age, so whoever is the first of their team is its oldest.
    const teamOf = this.#room.fill(-1);
    const ratings = this.#ratingOf.fill(0);
    for (let member = 0; member < group.length; member++) {
      const team = this.#best[member]!;
      const ticket = tickets[group[member]!]!;
      if (teamOf[team] === -1) teamOf[team] = teams.push([ticket]) - 1;
      else teams[teamOf[team]!]!.push(ticket);
      for (const { rating } of ticket.players) ratings[team]! += rating;
    }
    return { teams, imbalance: apart(ratings) / this.rule.seats.teamSize };
  }

  /** Lays out the shares of a group, largest first. */
  #share(group: readonly number[]): void {
    const { tickets } = this.region;
    const shares = this.#shares;
    shares.length = 0;
    for (let member = 0; member < group.length; member++) {
      const { players } = tickets[group[member]!]!;
      let rating = 0;
      let deviation = 0;
      for (const player of players) {
        rating += player.rating;
        deviation += player.deviation ?? 0;
      }
      let index = member;
      for (; index > 0 && this.#isBefore(players.length, rating, index - 1); index--)
        this.#move(index - 1, index);
      shares[index] = member;
      this.#sizes[index] = players.length;
      this.#ratings[index] = rating;
      this.#deviations[index] = deviation;
    }
    let lowest = Infinity;
    let highest = -Infinity;
    this.#sums[group.length] = 1;
    for (let index = group.length - 1; index >= 0; index--) {
      const size = this.#sizes[index]!;
      const mean = this.#ratings[index]! / size;
      this.#lowest[index] = lowest = Math.min(lowest, mean);
      this.#highest[index] = highest = Math.max(highest, mean);
      const later = this.#sums[index + 1]!;
      this.#sums[index] = later | (later << size);
    }
    this.#seated.clear();
  }

  #isBefore(size: number, rating: number, index: number): boolean {
    return size > this.#sizes[index]! || (size === this.#sizes[index] && rating > this.#ratings[index]!);
  }

  #move(from: number, to: number): void {
    this.#shares[to] = this.#shares[from]!;
    this.#sizes[to] = this.#sizes[from]!;
    this.#ratings[to] = this.#ratings[from]!;
    this.#deviations[to] = this.#deviations[from]!;
  }

  #deal(index: number): void {
    if (index === this.#shares.length) {
      const { uncertaintyWeight } = this.rule;
      const cost =
        apart(this.#ratingOf) + (uncertaintyWeight && uncertaintyWeight * apart(this.#deviationOf));
      // The first is taken whatever it costs, which is no number where ratings are beyond all numbers.
      if (this.#isDealt && !(cost < this.#least)) return;
      this.#isDealt = true;
      this.#least = cost;
      this.#best.set(this.#teamOf);
      return;
    }
    // The first way down is gone to its end, or there would be no split at all.
    if (this.#isDealt && (this.#left-- <= 0 || this.#atLeast(index) >= this.#least)) return;
    const size = this.#sizes[index]!;
    const first = index * this.#room.length;
    const last = first + this.#teamsFor(size, first);
    for (let next = first; next < last; next++) {
      const team = this.#tried[next]!;
      const rating = this.#ratingOf[team]!;
      const deviation = this.#deviationOf[team]!;
      this.#ratingOf[team] = rating + this.#ratings[index]!;
      this.#deviationOf[team] = deviation + this.#deviations[index]!;
      this.#room[team]! -= size;
      this.#teamOf[this.#shares[index]!] = team;
      if (this.#canSeat(index + 1)) this.#deal(index + 1);
      // What was there before, and not a difference: sums stay the same to the last bit.
      this.#ratingOf[team] = rating;
      this.#deviationOf[team] = deviation;
      this.#room[team]! += size;
    }
  }

  /** Whether the shares from this one on fit into the teams: without it, uneven parties would lead astray for long. */
  #canSeat(index: number): boolean {
    // Two teams have as many seats left as there are players: what does not go to one goes to the other.
    if (this.#isDuel) return ((this.#sums[index]! >>> this.#room[0]!) & 1) === 1;
    return this.#canSeatIn(index, this.#room);
  }

  #canSeatIn(index: number, room: Int32Array | readonly number[]): boolean {
    // The smallest come last, and single players fit anywhere.
    if (index === this.#shares.length || this.#sizes[index] === 1) return true;
    const size = this.#sizes[index]!;
    const rooms = Array.from(room.filter((left) => left > 0)).sort((one, other) => one - other);
    const state = `${index}:${rooms.join()}`;
    let isSeated = this.#seated.get(state);
    if (isSeated === undefined) {
      isSeated = rooms.some(
        (left, team) =>
          left >= size &&
          left !== rooms[team - 1] &&
          this.#canSeatIn(index + 1, rooms.with(team, left - size)),
      );
      this.#seated.set(state, isSeated);
    }
    return isSeated;
  }

  /** Puts the teams with room into `#tried`, the weakest first, of those that are empty one; returns how many. */
  #teamsFor(size: number, first: number): number {
    const tried = this.#tried;
    let hasEmpty = false;
    let end = first;
    for (let team = 0; team < this.#room.length; team++) {
      const room = this.#room[team]!;
      const isEmpty = room === this.rule.seats.teamSize;
      if (room < size || (isEmpty && hasEmpty)) continue;
      hasEmpty ||= isEmpty;
      let next = end++;
      for (; next > first && this.#ratingOf[team]! < this.#ratingOf[tried[next - 1]!]!; next--)
        tried[next] = tried[next - 1]!;
      tried[next] = team;
    }
    return end - first;
  }

  /** How far apart the sums of the teams' ratings are at least, whoever of the rest goes where. */
  #atLeast(index: number): number {
    const low = this.#lowest[index]!;
    const high = this.#highest[index]!;
    let weakest = Infinity;
    let strongest = -Infinity;
    for (let team = 0; team < this.#room.length; team++) {
      const rating = this.#ratingOf[team]!;
      weakest = Math.min(weakest, rating + this.#room[team]! * high);
      strongest = Math.max(strongest, rating + this.#room[team]! * low);
    }
    return strongest - weakest;
  }
}

/**
 * The best split of four single players into two teams, where ratings alone count: the strongest and the weakest
 * against the other two. For a ≥ b ≥ c ≥ d the teams of no other split are closer: |(a − b) − (c − d)| is at most
 * (a − b) + (c − d), which is at most (a − c) + (b − d).
 */
function outerAgainstInner(group: readonly number[], { tickets, ratings }: Region): Split {
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

function apart(sums: Float64Array): number {
  let lowest = Infinity;
  let highest = -Infinity;
  for (const sum of sums) {
    lowest = Math.min(lowest, sum);
    highest = Math.max(highest, sum);
  }
  return highest - lowest;
}
