import type { Relaxation } from "@evenmatch/core";
import {
  byAge,
  MemoryPool,
  ratingOf,
  TeamBalance,
  type Limits,
  type Millis,
  type Proposal,
  type TeamBalanceOptions,
  type Ticket,
} from "@evenmatch/core";

/** Every way to deal these to full teams, teams in any order, by trying all. */
export function deals(
  tickets: readonly Ticket[],
  teams: readonly (readonly Ticket[])[],
  teamSize: number,
): Ticket[][][] {
  const [first, ...others] = tickets;
  if (!first)
    return [teams.map((team) => [...team])].filter((all) =>
      all.every((team) => playersIn(team) === teamSize),
    );
  return teams.flatMap((team, index) => {
    if (playersIn(team) + first.players.length > teamSize) return [];
    return deals(others, teams.with(index, [...team, first]), teamSize);
  });
}

function fills(sizes: readonly number[], room: readonly number[]): boolean {
  const [size, ...others] = sizes;
  if (size === undefined) return room.every((left) => left === 0);
  return room.some((left, team) => left >= size && fills(others, room.with(team, left - size)));
}

export function playersIn(tickets: readonly Ticket[]): number {
  return tickets.reduce((sum, { players }) => sum + players.length, 0);
}

function spreadOf(tickets: readonly Ticket[]): number {
  const ratings = tickets.map(ratingOf);
  return Math.max(...ratings) - Math.min(...ratings);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function apart(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

export function imbalanceOf(teams: readonly (readonly Ticket[])[]): number {
  return apart(teams.map((team) => mean(team.flatMap(({ players }) => players.map(({ rating }) => rating)))));
}

export function costOf(teams: readonly (readonly Ticket[])[], weight: number): number {
  const deviations = teams.map((team) =>
    mean(team.flatMap(({ players }) => players.map(({ deviation = 0 }) => deviation))),
  );
  return imbalanceOf(teams) + weight * apart(deviations);
}

export function allowedFor(group: readonly Ticket[], spread: number | Relaxation, now: Millis): number {
  if (typeof spread === "number") return spread;
  return spread.at(now - Math.min(...group.map(({ joinedAt }) => joinedAt)));
}

/** Which groups of the right players are looked for. */
export interface Wanted {
  readonly teams: number;
  readonly teamSize: number;
  readonly limits?: Limits | undefined;
  readonly now: Millis;
  /** Whether a group, oldest first, may have this spread. */
  readonly allows: (group: readonly Ticket[], spread: number) => boolean;
}

export interface Case extends TeamBalanceOptions {
  readonly limits?: Limits | undefined;
  readonly now: Millis;
}

/** All groups that are allowed, each oldest first; every set of tickets is tried. */
function allowedGroups(
  waiting: readonly Ticket[],
  { teams, teamSize, limits, now, allows }: Wanted,
): Ticket[][] {
  const room = Array.from({ length: teams }, () => teamSize);
  const found: Ticket[][] = [];
  for (let subset = 1; subset < 2 ** waiting.length; subset++) {
    const group = waiting.filter((_, place) => subset & (1 << place));
    if (playersIn(group) !== teams * teamSize || !allows(group, spreadOf(group))) continue;
    const sizes = group.map(({ players }) => players.length);
    if (fills(sizes, room) && (limits?.among(group) ?? 0) <= now) found.push(group);
  }
  return found;
}

/** The rule, word by word: the oldest who is in some allowed group, the narrowest of its groups, the oldest of those. */
export function reference(tickets: readonly Ticket[], options: Case): Ticket[][] {
  const { maxRatingSpread, now } = options;
  const allows = (group: readonly Ticket[], spread: number): boolean =>
    spread <= allowedFor(group, maxRatingSpread, now);
  return everyGroup(tickets, { ...options, allows });
}

/** The same, whatever allows a spread. */
export function everyGroup(tickets: readonly Ticket[], wanted: Wanted): Ticket[][] {
  const matches: Ticket[][] = [];
  for (let waiting = [...tickets].sort(byAge); ;) {
    const groups = allowedGroups(waiting, wanted);
    const anchor = waiting.find((each) => groups.some((group) => group.includes(each)));
    if (!anchor) return matches;
    const [best] = groups
      .filter((group) => group.includes(anchor))
      .sort((one, other) => spreadOf(one) - spreadOf(other) || comparedByAge(one, other));
    matches.push(best!);
    waiting = waiting.filter((each) => !best!.includes(each));
  }
}

function comparedByAge(one: readonly Ticket[], other: readonly Ticket[]): number {
  const differs = one.findIndex((each, index) => each !== other[index]);
  return differs < 0 ? 0 : byAge(one[differs]!, other[differs]!);
}

export function idsOf(groups: readonly (readonly Ticket[])[]): string[][] {
  return groups.map((group) => [...group].sort(byAge).map(({ id }) => id));
}

export function propose(tickets: readonly Ticket[], { limits, now, ...options }: Case): Proposal[] {
  return new TeamBalance(options).propose(new MemoryPool(tickets, { limits }), now);
}
