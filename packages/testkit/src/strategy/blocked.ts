import assert from "node:assert/strict";
import {
  ticketsOf,
  type Blocking,
  type Explanation,
  type MemoryPool,
  type Millis,
  type Player,
  type Proposal,
  type Ticket,
} from "@evenmatch/core";
import { reducedTo } from "./pools.js";
import { canonical, soundly } from "./proposals.js";
import type { StrategySubject, TeamShape } from "./subject.js";

/**
 * Throws unless the group of an explanation does not play now, alone in a pool, and plays now, as one match, once
 * the named rules are lifted, and unless all of them are needed for that. `players` cannot be lifted: it stands only
 * where no tickets of the whole pool make up the right numbers.
 */
export function isBlocked<P extends Player>(
  subject: StrategySubject<P>,
  { ticketId, group, blockedBy }: Explanation,
  pool: MemoryPool<P>,
  now: Millis,
): void {
  const tickets = group.map((id) => pool.get(id) as Ticket<P>);
  const rules = blockedBy.map(({ rule }) => rule);
  assert.equal(
    new Set(rules).size,
    rules.length,
    `${ticketId} is blocked twice by one of ${rules.join(", ")}`,
  );
  const playing = canonical(
    proposed(subject, tickets, pool, now).filter((proposal) =>
      ticketsOf(proposal).some(({ id }) => id === ticketId),
    ),
  );
  assert.equal(playing.length, 0, `the group of ${ticketId} is not blocked: it plays ${playing.join("; ")}`);
  const players = blockedBy.find(({ rule }) => rule === "players");
  if (players) {
    assert.equal(
      rules.length,
      1,
      `${ticketId} has too few players to play with, and is blocked otherwise, too`,
    );
    hasTooFew(subject.shape, players, ticketId, tickets, pool);
    return;
  }
  assert.ok(
    plays(subject, rules, tickets, pool, now) !== false,
    `the group of ${ticketId} (${group.join(", ")}) is blocked by ${rules.join(" and ")}: ` +
      `with that lifted, it still does not play as one match`,
  );
  if (rules.length === 1) return;
  for (const rule of new Set([...rules, ...subject.limitRules])) {
    const isEnough = plays(subject, [rule], tickets, pool, now) === true;
    assert.ok(
      !isEnough,
      `the group of ${ticketId} is blocked by ${rule} alone, not by ${rules.join(" and ")}`,
    );
  }
}

/** Whether these play as one match with rules lifted; `undefined` where it is not said how to lift one. */
function plays<P extends Player>(
  subject: StrategySubject<P>,
  rules: readonly string[],
  tickets: readonly Ticket<P>[],
  pool: MemoryPool<P>,
  now: Millis,
): boolean | undefined {
  const own = rules.filter((rule) => !subject.limitRules.has(rule));
  if (own.length > 0 && !subject.lift) return undefined;
  const strategy = own.length === 0 ? subject.create() : subject.lift?.(...own);
  assert.ok(strategy, `${own.join(" and ")} is neither a rule of the strategy nor one of the limits`);
  let { limits } = subject;
  for (const rule of rules) if (subject.limitRules.has(rule)) limits = limits?.without(rule);
  const [match, ...others] = proposed({ ...subject, create: () => strategy, limits }, tickets, pool, now);
  return match !== undefined && others.length === 0 && ticketsOf(match).length === tickets.length;
}

/** What is proposed in the pool once these tickets alone are left. */
function proposed<P extends Player>(
  subject: StrategySubject<P>,
  tickets: readonly Ticket<P>[],
  pool: MemoryPool<P>,
  now: Millis,
): Proposal<P>[] {
  return soundly(subject.create()).propose(reducedTo(tickets, subject, pool), now);
}

function hasTooFew<P extends Player>(
  shape: TeamShape,
  { limit, value }: Blocking,
  ticketId: string,
  group: readonly Ticket<P>[],
  pool: MemoryPool<P>,
): void {
  const there = group.reduce((sum, { players }) => sum + players.length, 0);
  assert.equal(value, there, `the group of ${ticketId} has ${there} player(s), not ${value}`);
  assert.ok(value < limit, `the group of ${ticketId} has too few players: ${value} of ${limit}`);
  const fewest = Math.min(...[shape.teams].flat());
  const room = Array.from({ length: fewest }, () => shape.teamSize);
  const others = [...pool].filter(({ id }) => id !== ticketId).map(({ players }) => players.length);
  const own = (pool.get(ticketId) as Ticket<P>).players.length;
  assert.ok(
    !fills(others, seated(own, 0, room)),
    `${ticketId} is said to have too few players to play with, and the pool has enough`,
  );
}

/** Whether some of these parties fill the room that teams have left. */
function fills(sizes: readonly number[], room: readonly number[], refuted = new Set<string>()): boolean {
  if (room.every((left) => left === 0)) return true;
  const [size, ...others] = sizes;
  const state = `${sizes.length}:${room.toSorted().join()}`;
  if (size === undefined || refuted.has(state)) return false;
  const isFilled =
    fills(others, room, refuted) ||
    room.some((left, team) => left >= size && fills(others, seated(size, team, room), refuted));
  if (!isFilled) refuted.add(state);
  return isFilled;
}

function seated(size: number, team: number, room: readonly number[]): number[] {
  return room.map((left, index) => (index === team ? left - size : left));
}
