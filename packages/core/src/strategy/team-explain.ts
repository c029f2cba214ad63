import type { Millis } from "../clock.js";
import type { Limits } from "../limit/limits.js";
import { ticketsOf } from "../match/match.js";
import { MemoryPool } from "../pool/memory-pool.js";
import type { Pool } from "../pool/pool.js";
import { byAge, ratingOf, type Ticket } from "../ticket/ticket.js";
import { foresee } from "./foresee.js";
import { nearestTo, outward } from "./outward.js";
import type { Blocking } from "./explanation.js";
import type { Explanation, Strategy } from "./strategy.js";
import type { TeamRule } from "./team-options.js";
import { Look } from "./team-look.js";
import { wholePool } from "./team-region.js";

/** Among so many of the nearest tickets it is asked which limits keep anybody apart. */
const ASKED = 24;

type Obstacle = Pick<Explanation, "group" | "blockedBy">;

/**
 * Why a ticket waits.
 *
 * 1. Where the parties that wait cannot fill the teams with it, `players` are missing; the group are the nearest who
 *    could be seated with it, and the value counts their players.
 * 2. Else, the group with it that has the smallest spread whatever is allowed; else, for each limit in turn, the
 *    same without this limit. The first that one rule alone stands in the way of is the answer.
 * 3. Where each has several in the way, the one with the smallest spread of all is named with all of them.
 *
 * Cost: that of a pass for each limit, and of `foresee`.
 */
export function explainTeams(
  strategy: Strategy,
  rule: TeamRule,
  ticket: Ticket,
  pool: Pool,
  now: Millis,
): Explanation {
  return {
    ticketId: ticket.id,
    nearest: nearestTo(ticket, pool),
    ...obstacleOf(strategy, rule, ticket, pool, now),
    givesWayAt: foresee(strategy, pool, ticket, now),
  };
}

function obstacleOf(strategy: Strategy, rule: TeamRule, ticket: Ticket, pool: Pool, now: Millis): Obstacle {
  // Others may be about to go, where somebody asks between a change and its pass.
  const rest = new MemoryPool(pool, { limits: pool.limits, arrivalsOf: pool });
  for (const proposal of strategy.propose(rest, now)) {
    const leaving = ticketsOf(proposal);
    if (leaving.includes(ticket)) return { group: idsOf(leaving), blockedBy: [] };
    for (const { id } of leaving) rest.remove(id);
  }
  const { seats } = rule;
  const others = seats.most.map((_, size) => rest.countOf(size) - (size === ticket.players.length ? 1 : 0));
  if (!seats.fillsAround(ticket.players.length, others)) return missing(rule, ticket, rest);
  let last: Obstacle | undefined;
  for (const limits of fewerLimits(ticket, rest, now)) {
    const group = nearestGroup(rule, ticket, rest, limits, now);
    if (!group) continue;
    const blockedBy = blocking(rule, group, rest, now);
    last = { group: idsOf(group), blockedBy };
    if (blockedBy.length === 1) return last;
  }
  return last as Obstacle;
}

/** The limits as they are, then without one of those that keep somebody apart, then none. */
function fewerLimits(ticket: Ticket, pool: Pool, now: Millis): (Limits | undefined)[] {
  const { limits } = pool;
  if (!limits) return [undefined];
  const near = [...outward(ticket, pool)].slice(0, ASKED).map(([other]) => other);
  const rules = limits.blocking([ticket, ...near], now);
  return [limits, ...rules.map(({ rule }) => limits.without(rule)), undefined];
}

/** The group with a ticket that has the smallest spread of all that limits permit, whatever spread is allowed. */
function nearestGroup(
  rule: TeamRule,
  ticket: Ticket,
  pool: Pool,
  limits: Limits | undefined,
  now: Millis,
): Ticket[] | undefined {
  const region = wholePool(pool);
  const look = new Look(region, rule.seats, limits);
  const anchor = region.tickets.indexOf(ticket);
  const at = look.find({ anchor, within: Infinity, now, allowedAt: () => now });
  return at > now ? undefined : look.take().map((place) => region.tickets[place]!);
}

function blocking(rule: TeamRule, group: readonly Ticket[], pool: Pool, now: Millis): Blocking[] {
  const ratings = group.map(ratingOf);
  const value = Math.max(...ratings) - Math.min(...ratings);
  const oldest = group.reduce((one, other) => (byAge(one, other) < 0 ? one : other));
  const limit = rule.spread.at(oldest, now);
  const spread = value > limit ? [{ rule: rule.spread.rule, limit, value }] : [];
  return [...spread, ...(pool.limits?.blocking(group, now) ?? [])];
}

/** The teams cannot be filled: as many of the nearest as have seats together. */
function missing({ seats }: TeamRule, ticket: Ticket, pool: Pool): Obstacle {
  const group = [ticket];
  const seated = seats.nobody();
  (seated[ticket.players.length] as number)++;
  let value = ticket.players.length;
  for (const [other] of outward(ticket, pool)) {
    const size = other.players.length;
    if (value + size > seats.players) continue;
    (seated[size] as number)++;
    if (seats.seat(seated)) {
      group.push(other);
      value += size;
    } else (seated[size] as number)--;
  }
  return { group: idsOf(group), blockedBy: [{ rule: "players", limit: seats.players, value }] };
}

function idsOf(tickets: readonly Ticket[]): string[] {
  return [...tickets].sort(byAge).map(({ id }) => id);
}
