import {
  byAge,
  ratingOf,
  Relaxation,
  RelaxingBlitz,
  ticketsOf,
  type CountedWait,
  type Limits,
  type Millis,
  type RelaxingBlitzOptions,
  type Ticket,
} from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  BUILT_AT,
  changes,
  encounters,
  newSeed,
  opensLater,
  playerIds,
  ticket,
  type TimedChange,
} from "@evenmatch/testkit";
import { everyMillisecond, nameOf } from "./every-millisecond.js";

const seed = newSeed() | 0;

/** The rule in its plainest words: nothing here is taken from the library. */
interface Rule {
  readonly wait: CountedWait;
  readonly forceAfterMs: Millis;
  /** How wide the gap is after a wait. */
  readonly width: (waitedMs: Millis) => number;
  readonly limits: Limits | undefined;
}

function countedWait({ wait }: Rule, one: Ticket, other: Ticket, now: Millis): Millis {
  const waits = [now - one.joinedAt, now - other.joinedAt];
  if (wait === "both") return Math.min(...waits);
  if (wait === "longest") return Math.max(...waits);
  return waits[0]! + waits[1]!;
}

function gapOf(one: Ticket, other: Ticket): number {
  return Math.abs(ratingOf(one) - ratingOf(other));
}

function areLet({ limits }: Rule, one: Ticket, other: Ticket, now: Millis): boolean {
  return !limits || limits.between(one, other) <= now;
}

function mayMeet(rule: Rule, one: Ticket, other: Ticket, now: Millis): boolean {
  return areLet(rule, one, other, now) && gapOf(one, other) <= rule.width(countedWait(rule, one, other, now));
}

/** Those who are forced, oldest first, each with the closest that is left, and whoever is left then. */
function forcedPairs(rule: Rule, tickets: readonly Ticket[], now: Millis): [string[], Ticket[]] {
  const left = [...tickets].sort(byAge);
  const pairs: string[] = [];
  for (const ticket of [...left]) {
    if (now - ticket.joinedAt < rule.forceAfterMs || !left.includes(ticket)) continue;
    const [closest] = left
      .filter((other) => other !== ticket && areLet(rule, ticket, other, now))
      .sort((one, other) => gapOf(ticket, one) - gapOf(ticket, other) || byAge(one, other));
    if (!closest) continue;
    pairs.push(nameOf(ticket, closest));
    for (const each of [ticket, closest]) left.splice(left.indexOf(each), 1);
  }
  return [pairs.sort(), left];
}

interface Best {
  readonly pairs: number;
  readonly gaps: number;
}

/** The best of all matchings: the most pairs, then the least total gap. Every one of them is tried. */
function best(rule: Rule, [first, ...others]: readonly Ticket[], now: Millis): Best {
  if (!first) return { pairs: 0, gaps: 0 };
  let found = best(rule, others, now);
  for (const [index, other] of others.entries()) {
    if (!mayMeet(rule, first, other, now)) continue;
    const { pairs, gaps } = best(rule, others.toSpliced(index, 1), now);
    const candidate = { pairs: pairs + 1, gaps: gaps + gapOf(first, other) };
    if (candidate.pairs > found.pairs || (candidate.pairs === found.pairs && candidate.gaps < found.gaps))
      found = candidate;
  }
  return found;
}

/** Drives a pool through changes and holds every pass, and every millisecond without one, against the rule. */
function holds(rule: Rule, strategy: RelaxingBlitz, all: readonly TimedChange[], waveMs: Millis): number {
  const waiting = new Map<string, Ticket>();
  let matched = 0;
  everyMillisecond(all, {
    strategy,
    limits: rule.limits,
    waveMs,
    restMs: 600,
    join: (one) => waiting.set(one.id, one),
    end: (id) => waiting.delete(id),
    onPass: (proposals, at) => {
      const [forced, left] = forcedPairs(rule, [...waiting.values()], at);
      const names = proposals.map((proposal) => {
        const [one, other] = ticketsOf(proposal);
        return nameOf(one!, other!);
      });
      expect(names).toEqual(expect.arrayContaining(forced));
      const rest = proposals.map(ticketsOf).filter((pair) => pair.every((ticket) => left.includes(ticket)));
      expect(rest).toHaveLength(names.length - forced.length);
      for (const [one, other] of rest) expect(mayMeet(rule, one!, other!, at)).toBe(true);
      const { pairs, gaps } = best(rule, left, at);
      expect(rest).toHaveLength(pairs);
      expect(rest.reduce((sum, [one, other]) => sum + gapOf(one!, other!), 0)).toBeCloseTo(gaps, 4);
      for (const { id } of proposals.flatMap(ticketsOf)) waiting.delete(id);
      matched += proposals.length;
    },
    compare: (now, isAfterChange) => {
      const isWave = !isAfterChange && now % waveMs === 0;
      if (waveMs === Infinity || isWave) nobodyCouldPlay(rule, [...waiting.values()], now);
    },
  });
  return matched;
}

function nobodyCouldPlay(rule: Rule, waiting: readonly Ticket[], now: Millis): void {
  for (const one of waiting) {
    for (const other of waiting) {
      if (one === other || !areLet(rule, one, other, now)) continue;
      const waited = now - one.joinedAt;
      expect(waited, `${one.id} waits past forceAfterMs beside ${other.id}`).toBeLessThan(rule.forceAfterMs);
      expect(mayMeet(rule, one, other, now), `${nameOf(one, other)} could meet`).toBe(false);
    }
  }
}

const attributes = { notBefore: encounters({ withinMs: 900 }) };
const timelines = changes({ maxChanges: 13, maxPauseMs: 250, expireWithinMs: 700, attributes });

/** A few far apart, most of whom may not meet before some of them are forced: they stick, and others come by. */
const late = fc
  .array(
    fc.record({
      pause: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 200, max: 320 })),
      rating: fc.integer({ min: 0, max: 8 }).map((place) => place * 90),
      notBefore: fc.dictionary(playerIds(), fc.integer({ min: BUILT_AT + 200, max: BUILT_AT + 1_300 }), {
        minKeys: 3,
        noNullPrototype: true,
      }),
    }),
    { minLength: 2, maxLength: 7 },
  )
  .map((all): TimedChange[] => {
    let at = BUILT_AT;
    return all.map(({ pause, rating, notBefore }, index) => {
      at += pause;
      const players = [{ id: `p${index}-0`, rating, attributes: { notBefore } }];
      return { type: "joined", at, ticket: ticket({ id: `t${index}`, joinedAt: at, players }) };
    });
  });
const limits = opensLater().together([opensLater()]);

const curves: readonly (readonly [string, RelaxingBlitzOptions, (waitedMs: Millis) => number])[] = [
  [
    "steps",
    { ratingGap: 50, widenBy: 25, widenEveryMs: 60, upTo: 160 },
    (waited) => Math.min(160, 50 + 25 * Math.floor(waited / 60)),
  ],
  [
    "steps without a bound",
    { ratingGap: 0, widenBy: 50, widenEveryMs: 90 },
    (waited) => 50 * Math.floor(waited / 90),
  ],
  [
    "a line",
    { ratingGap: Relaxation.line({ from: 10, to: 130, overMs: 480 }) },
    (waited) => (waited >= 480 ? 130 : 10 + waited / 4),
  ],
  [
    "a curve",
    { ratingGap: Relaxation.curve((waited) => (waited < 200 ? 49.5 : Math.sqrt(waited) * 5)) },
    (waited) => (waited < 200 ? 49.5 : Math.sqrt(waited) * 5),
  ],
];

describe("RelaxingBlitz beside its rule, recomputed at each millisecond", () => {
  for (const [name, gap, width] of curves) {
    for (const wait of ["both", "longest", "sum"] as const) {
      for (const forceAfterMs of [undefined, 275]) {
        it(`in ${name}, wait ${wait}, forced after ${forceAfterMs ?? "no time"}`, () => {
          let matched = 0;
          const options = { ...gap, wait, ...(forceAfterMs !== undefined && { forceAfterMs }) };
          const rule = { wait, width, forceAfterMs: forceAfterMs ?? Infinity };
          fc.assert(
            fc.property(
              timelines,
              fc.boolean(),
              fc.constantFrom(Infinity, Infinity, 40),
              (all, isLimited, waveMs) => {
                const strategy = new RelaxingBlitz(options);
                matched += holds({ ...rule, limits: isLimited ? limits : undefined }, strategy, all, waveMs);
              },
            ),
            { numRuns: 40, seed },
          );
          expect(matched).toBeGreaterThan(10);
        });
      }
    }
  }

  it.each(["both", "longest", "sum"] as const)(
    "where limits open after somebody is forced, wait %s",
    (wait) => {
      const [, gap, width] = curves[0]!;
      const forceAfterMs = 275;
      fc.assert(
        fc.property(late, fc.constantFrom(Infinity, Infinity, 40), (all, waveMs) => {
          const strategy = new RelaxingBlitz({ ...gap, wait, forceAfterMs });
          holds({ wait, width, forceAfterMs, limits }, strategy, all, waveMs);
        }),
        { numRuns: 100, seed },
      );
    },
  );
});
