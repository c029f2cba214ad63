import { ratingOf, type Ticket } from "@evenmatch/core";
import { mean, percentile } from "../figures.js";
import { POINTS_PER_SECOND } from "../quality/outcome.js";
import type { Outcome } from "./play.js";

/** What an outcome comes to. Waits are those of players in seconds, all others points. */
export interface Figures {
  /** Of a match: its highest rating less its lowest, of tickets, as the strategies see it. */
  readonly meanSpread: number;
  /** How far apart the mean ratings of the players of the teams of a match are. */
  readonly meanImbalance: number;
  readonly meanWait: number;
  readonly p95Wait: number;
  readonly longestWait: number;
  /** Players who waited when the trace ended. */
  readonly leftOver: number;
  /** Of a player: half the mean spread and the price of the mean wait. */
  readonly cost: number;
}

/** The figures of an outcome. Who was never matched waited until the end, and is in no spread. */
export function figuresOf({ matches, endedAt, leftOver, unmatched }: Outcome): Figures {
  const waits: number[] = [];
  const wait = ({ players, joinedAt }: Ticket, until: number): void => {
    for (let member = 0; member < players.length; member++) waits.push((until - joinedAt) / 1_000);
  };
  for (const { teams, at } of matches) for (const ticket of teams.flat()) wait(ticket, at);
  for (const ticket of unmatched) wait(ticket, endedAt);
  const meanSpread = mean(matches.map(({ teams }) => spreadOf(teams.flat())));
  const meanWait = mean(waits);
  return {
    meanSpread,
    meanImbalance: mean(matches.map(({ teams }) => rangeOf(teams.map(strengthOf)))),
    meanWait,
    p95Wait: percentile(waits, 0.95),
    longestWait: waits.reduce((longest, each) => Math.max(longest, each), 0),
    leftOver,
    cost: meanSpread / 2 + POINTS_PER_SECOND * meanWait,
  };
}

/** How far apart the highest and the lowest ticket are. */
export function spreadOf(tickets: readonly Ticket[]): number {
  return rangeOf(tickets.map(ratingOf));
}

function strengthOf(team: readonly Ticket[]): number {
  return mean(team.flatMap(({ players }) => players.map(({ rating }) => rating)));
}

function rangeOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}
