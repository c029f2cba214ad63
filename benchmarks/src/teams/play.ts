import {
  MemoryPool,
  TeamBalance,
  type Millis,
  type Proposal,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import type { Shape } from "./shapes.js";
import type { TeamTrace } from "./trace.js";

/** A match that formed. */
export interface Played {
  readonly teams: readonly (readonly Ticket[])[];
  readonly at: Millis;
}

/** What a strategy made of a trace. */
export interface Outcome {
  readonly matches: readonly Played[];
  /** When the last ticket came, and with it the end. */
  readonly endedAt: Millis;
  /** How many players waited at the end, when whoever could be matched was. */
  readonly leftOver: number;
  /** Who could not even be matched then. */
  readonly unmatched: readonly Ticket[];
}

/**
 * Plays a trace with a strategy, with the driver of the engine and claims that always succeed. Nobody waits at
 * first, and with the last arrival the trace ends: whoever waits then is matched at that instant whatever the spread,
 * the oldest first, by {@link lastMatches}. Tickets of `before` come one by one and leave again at once, so that only what a
 * strategy remembers of them is left.
 */
export function play(strategy: Strategy, trace: TeamTrace, before: readonly Ticket[] = []): Outcome {
  const matches: Played[] = [];
  const driver = new Driver({
    strategy,
    waveMs: Infinity,
    stopwatch: () => 0,
    onPass: ({ at, proposals }) => {
      for (const { teams } of proposals) matches.push({ teams, at });
    },
    onExpire: ({ id }) => {
      throw new Error(`${id} was given no time to leave`);
    },
    onError: (error) => {
      throw error;
    },
  });
  for (const ticket of before) {
    driver.joined(ticket, ticket.joinedAt);
    driver.left(ticket.id, ticket.joinedAt);
  }
  for (const ticket of trace.tickets) driver.joined(ticket, ticket.joinedAt);
  const endedAt = trace.tickets.at(-1)!.joinedAt;
  driver.advance(endedAt);
  const left = [...driver.pool];
  const last = lastMatches(trace.shape, left, endedAt);
  const matched = new Set(last.flatMap(({ teams }) => teams.flat()));
  return {
    matches: [...matches, ...last.map(({ teams }) => ({ teams, at: endedAt }))],
    endedAt,
    leftOver: left.reduce((players, ticket) => players + ticket.players.length, 0),
    unmatched: left.filter((ticket) => !matched.has(ticket)),
  };
}

/** How whoever is left is matched when a trace ends: as `TeamBalance` without a bound would, for everybody alike. */
function lastMatches({ teams, teamSize }: Shape, left: readonly Ticket[], now: Millis): readonly Proposal[] {
  const unbounded = new TeamBalance({ teams, teamSize, maxRatingSpread: Number.MAX_VALUE });
  return unbounded.propose(new MemoryPool(left), now);
}
