import type { Ticket } from "@evenmatch/core";
import { POINTS_PER_SECOND } from "../../quality/outcome.js";
import { spreadOf } from "../outcome.js";
import { playersIn, type Shape } from "../shapes.js";

/** Some of the tickets of an instance, as bits: the first one is 1, the second 2, … */
type Set = number;

/** A match that could be. */
interface Group {
  readonly members: Set;
  readonly cost: number;
}

/** More would need more memory than time. */
const MOST = 20;

/**
 * The least that a few tickets can cost together, in points, when all arrivals are known in advance: every group meets when
 * its last member arrives, and costs half its spread and the price of the wait for each of its players. Who is in no
 * match costs what {@link costOfStranded} says. By dynamic programming over sets of tickets: the first ticket of a set
 * is stranded, or in one of the groups with it.
 *
 * Cost: O(2ⁿ · g) for n tickets and g groups with the same first ticket, at most 2ⁿ⁻¹.
 */
export function optimumOf(shape: Shape, tickets: readonly Ticket[]): number {
  if (tickets.length > MOST) throw new Error(`${tickets.length} tickets are too many; ${MOST} are not`);
  const groups = groupsByFirst(shape, tickets);
  const stranded = tickets.map((ticket) => costOfStranded(ticket, tickets));
  const least = new Float64Array(2 ** tickets.length);
  for (let set = 1; set < least.length; set++) {
    const first = 31 - Math.clz32(set & -set);
    let best = stranded[first]! + least[set & (set - 1)]!;
    for (const { members, cost } of groups[first]!) {
      if ((members & set) === members) best = Math.min(best, cost + least[set & ~members]!);
    }
    least[set] = best;
  }
  return least.at(-1)!;
}

/** What a match costs: half its spread, and the price of the wait, for each of its players. */
export function costOfMatch(tickets: readonly Ticket[], at: number): number {
  const spread = spreadOf(tickets);
  return tickets.reduce((sum, ticket) => sum + costOf(ticket, spread, at), 0);
}

/** What it costs to be in no match: as much as to play at the end, with everybody there ever was. */
export function costOfStranded(ticket: Ticket, all: readonly Ticket[]): number {
  return costOf(ticket, spreadOf(all), all.at(-1)!.joinedAt);
}

function costOf({ players, joinedAt }: Ticket, spread: number, at: number): number {
  return players.length * (spread / 2 + (POINTS_PER_SECOND * (at - joinedAt)) / 1_000);
}

/** All groups that fill the teams exactly, by their first ticket. */
function groupsByFirst(shape: Shape, tickets: readonly Ticket[]): Group[][] {
  const groups = tickets.map((): Group[] => []);
  const size = playersIn(shape);
  const members: number[] = [];
  const grow = (players: number): void => {
    if (players === size) {
      const group = members.map((place) => tickets[place]!);
      if (!fills(shape, group)) return;
      const set = members.reduce((bits, place) => bits | (1 << place), 0);
      groups[members[0]!]!.push({ members: set, cost: costOfMatch(group, group.at(-1)!.joinedAt) });
      return;
    }
    for (let next = (members.at(-1) ?? -1) + 1; next < tickets.length; next++) {
      const more = players + tickets[next]!.players.length;
      if (more > size) continue;
      members.push(next);
      grow(more);
      members.pop();
    }
  };
  grow(0);
  return groups;
}

/** Whether parties fill all teams exactly, when they are dealt one after the other in every way that there is. */
function fills({ teams, teamSize }: Shape, parties: readonly Ticket[]): boolean {
  const free = Array.from({ length: teams }, () => teamSize);
  const deal = (next: number): boolean => {
    const party = parties[next];
    if (!party) return free.every((seats) => seats === 0);
    return free.some((seats, team) => {
      if (seats < party.players.length) return false;
      free[team] = seats - party.players.length;
      const isDealt = deal(next + 1);
      free[team] = seats;
      return isDealt;
    });
  };
  return deal(0);
}
