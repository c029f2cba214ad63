import assert from "node:assert/strict";
import {
  ratingOf,
  ticketsOf,
  type Explanation,
  type MemoryPool,
  type Millis,
  type Player,
  type Strategy,
  type Ticket,
} from "@evenmatch/core";
import { isBlocked } from "./blocked.js";
import { forAllPools } from "./for-all.js";
import { filled, snapshot } from "./pools.js";
import { soundly } from "./proposals.js";
import type { StrategySubject } from "./subject.js";

/** How many instants are looked at before "never" is believed. */
const FURTHEST = 10_000;

/** How many candidates an explanation names at most. */
const MOST_NEAREST = 5;

/**
 * Fills a pool, lets the strategy propose until nothing is left to propose, and has it explain whoever waits.
 *
 * 1. What it names is there: the ticket, candidates with their true gaps, nearest first, a group with the ticket.
 * 2. The group, alone in a pool, does not play now, and with the named rules lifted it plays now, as one match.
 *    `players` cannot be lifted: it stands only where no group of the pool has the right number.
 * 3. Where several rules are named, none of them lifted alone would do, nor would another limit.
 * 4. Then nobody comes and nobody leaves, and each ticket is in a match at the instant that was said, not before.
 */
export function explainsWhoWaits<P extends Player>(subject: StrategySubject<P>): void {
  if (subject.create().explain === undefined) return;
  forAllPools(subject, (tickets, now) => {
    const pool = filled(tickets, subject);
    const strategy = subject.create();
    rest(strategy, pool, now);
    const before = snapshot(pool);
    const explained = [...pool].map((ticket) => {
      const explanation = strategy.explain?.(ticket, pool, now) as Explanation;
      namesWhatIsThere(explanation, ticket, pool);
      isBlocked(subject, explanation, pool, now);
      return { ticket, explanation };
    });
    assert.deepEqual(snapshot(pool), before, "explain changed the pool");
    const matchedAt = drive(strategy, pool, now);
    for (const { ticket, explanation } of explained) {
      const { givesWayAt } = explanation;
      const at = matchedAt.get(ticket.id) ?? Infinity;
      assert.ok(
        givesWayAt === at,
        `${ticket.id} is told at ${now} that it is in a match at ${givesWayAt}, if nobody comes; it is at ${at}`,
      );
    }
  });
}

/** One pass as the driver makes it. Returns the tickets that left the pool for a match. */
function pass<P extends Player>(strategy: Strategy<P>, pool: MemoryPool<P>, now: Millis): Ticket<P>[] {
  const matched = soundly(strategy).propose(pool, now).flatMap(ticketsOf);
  pool.clean();
  for (const { id } of matched) pool.remove(id);
  return matched;
}

/** Passes until nothing more is proposed at `now`. */
function rest<P extends Player>(strategy: Strategy<P>, pool: MemoryPool<P>, now: Millis): void {
  for (let isAtRest = false; !isAtRest;) {
    isAtRest = pass(strategy, pool, now).length === 0;
    strategy.nextChange(pool, now);
  }
}

/** Goes on while nobody comes and nobody leaves. Returns when each ticket is in a match, by id. */
function drive<P extends Player>(
  strategy: Strategy<P>,
  pool: MemoryPool<P>,
  now: Millis,
): ReadonlyMap<string, Millis> {
  const matchedAt = new Map<string, Millis>();
  let at = now;
  for (let instants = 0; instants < FURTHEST && pool.size > 0; instants++) {
    at = Math.max(at + 1, Math.ceil(strategy.nextChange(pool, at)));
    if (at === Infinity) break;
    for (const { id } of pass(strategy, pool, at)) matchedAt.set(id, at);
  }
  return matchedAt;
}

function namesWhatIsThere<P extends Player>(
  { ticketId, nearest, group, blockedBy }: Explanation,
  ticket: Ticket<P>,
  pool: MemoryPool<P>,
): void {
  assert.equal(ticketId, ticket.id, `asked about ${ticket.id}, it explains ${ticketId}`);
  assert.ok(nearest.length <= MOST_NEAREST, `${nearest.length} are nearest to ${ticketId}, of at most five`);
  let last = 0;
  const seen = new Set([ticketId]);
  for (const { ticketId: id, ratingGap } of nearest) {
    const candidate = pool.get(id);
    assert.ok(candidate, `${id}, named as near to ${ticketId}, does not wait`);
    assert.ok(!seen.has(id), `${id} is named twice as near to ${ticketId}, or is the ticket itself`);
    seen.add(id);
    const gap = Math.abs(ratingOf(candidate) - ratingOf(ticket));
    assert.equal(ratingGap, gap, `${id} is ${gap} from ${ticketId}, not ${ratingGap}`);
    assert.ok(gap >= last, `${id} is nearer to ${ticketId} than who is named before it`);
    last = gap;
  }
  assert.ok(group.includes(ticketId), `the group of ${ticketId} is without it: ${group.join(", ")}`);
  assert.equal(new Set(group).size, group.length, `the group of ${ticketId} has somebody twice`);
  for (const id of group) assert.ok(pool.get(id), `${id}, in the group of ${ticketId}, does not wait`);
  assert.ok(blockedBy.length > 0, `${ticketId} waits, and nothing is said to block it`);
}
