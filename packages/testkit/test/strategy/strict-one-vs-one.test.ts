import {
  blockList,
  byAge,
  MemoryPool,
  OneVsOne,
  ratingOf,
  StrictOneVsOne,
  ticketsOf,
  type Limits,
  type Proposal,
  type Ticket,
} from "@evenmatch/core";
import { blockLists, BUILT_AT, newSeed, pools, rng, ticket } from "@evenmatch/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const seed = newSeed();
const runs = { numRuns: 300, seed: seed | 0 };
const gaps = fc.constantFrom(0, 50, 100, 173.5, 1_000);
const block = blockList();
const blocking = block.together([block]);
const nobodyBlocks = pools({ maxTickets: 14 });
const manyBlock = pools({
  maxTickets: 14,
  attributes: { blockList: blockLists({ tickets: 14, maxNames: 7 }) },
});

function propose(tickets: readonly Ticket[], maxRatingGap: number, limits?: Limits): Proposal[] {
  return new StrictOneVsOne({ maxRatingGap }).propose(new MemoryPool(tickets, { limits }), BUILT_AT);
}

function gapOf(one: Ticket, other: Ticket): number {
  return Math.abs(ratingOf(one) - ratingOf(other));
}

function mayMeet(one: Ticket, other: Ticket, maxGap: number, limits: Limits | undefined): boolean {
  return one !== other && gapOf(one, other) <= maxGap && !(limits && limits.between(one, other) > BUILT_AT);
}

function ids(proposals: readonly Proposal[]): string[] {
  return proposals
    .map((proposal) =>
      ticketsOf(proposal)
        .map(({ id }) => id)
        .join("–"),
    )
    .sort();
}

/** The rule said plainly: of all couples the closest, then of the rest. */
function closestFirst(tickets: readonly Ticket[], maxGap: number, limits: Limits | undefined): string[] {
  const couples = tickets
    .flatMap((one, place) =>
      tickets.slice(place + 1).map((other) => [one, other].sort(byAge) as [Ticket, Ticket]),
    )
    .filter(([one, other]) => mayMeet(one, other, maxGap, limits))
    .sort(
      ([elder, younger], [otherElder, otherYounger]) =>
        gapOf(elder, younger) - gapOf(otherElder, otherYounger) ||
        byAge(elder, otherElder) ||
        byAge(younger, otherYounger),
    );
  const taken = new Set<Ticket>();
  const found: string[] = [];
  for (const couple of couples) {
    if (couple.some((one) => taken.has(one))) continue;
    for (const one of couple) taken.add(one);
    const [low, high] = couple.sort((one, other) => ratingOf(one) - ratingOf(other) || byAge(one, other));
    found.push(`${low.id}–${high.id}`);
  }
  return found.sort();
}

describe("StrictOneVsOne", () => {
  for (const [name, tickets, limits] of [
    ["alone", nobodyBlocks, undefined],
    ["with block lists", manyBlock, blocking],
  ] as const) {
    it(`lets nobody meet anyone while someone closer to either is free to meet them, ${name}`, () => {
      fc.assert(
        fc.property(tickets, gaps, (waiting, maxGap) => {
          const gapInMatch = new Map<Ticket, number>();
          for (const proposal of propose(waiting, maxGap, limits)) {
            const [one, other] = ticketsOf(proposal) as [Ticket, Ticket];
            expect(mayMeet(one, other, maxGap, limits)).toBe(true);
            gapInMatch.set(one, gapOf(one, other)).set(other, gapOf(one, other));
          }
          const isCloser = (one: Ticket, gap: number): boolean => gap < (gapInMatch.get(one) ?? Infinity);
          for (const one of waiting) {
            for (const other of waiting) {
              if (!mayMeet(one, other, maxGap, limits)) continue;
              const gap = gapOf(one, other);
              expect(isCloser(one, gap) && isCloser(other, gap), `${one.id} and ${other.id}`).toBe(false);
            }
          }
        }),
        runs,
      );
    });

    it(`is the closest couple of all, then of the rest, older ones first, ${name}`, () => {
      fc.assert(
        fc.property(tickets, gaps, (waiting, maxGap) => {
          expect(ids(propose(waiting, maxGap, limits))).toEqual(closestFirst(waiting, maxGap, limits));
        }),
        runs,
      );
    });
  }

  it("finds the same by neighbours alone as by looking around under a limit that is always open", () => {
    fc.assert(
      fc.property(
        pools({ maxTickets: 40, attributes: { blockList: fc.constant([]) } }),
        gaps,
        (waiting, maxGap) => {
          expect(ids(propose(waiting, maxGap))).toEqual(ids(propose(waiting, maxGap, blocking)));
        },
      ),
      runs,
    );
  });

  it("finds the same in hundreds as the rule said plainly", () => {
    const source = rng(seed);
    for (const range of [500, 4_000, 1_000_000]) {
      const waiting = Array.from({ length: 300 }, () =>
        ticket({ rating: source.int(0, range), joinedAt: BUILT_AT + source.int(0, 50) }),
      );
      expect(ids(propose(waiting, 40)), `seed ${seed}`).toEqual(closestFirst(waiting, 40, undefined));
    }
  });

  it("keeps apart whom OneVsOne would pair, because somebody closer is there", () => {
    const waiting = [1_500, 1_560, 1_580, 1_640].map((rating) => ticket({ rating }));
    const found = (proposals: readonly Proposal[]) =>
      proposals.map((proposal) => ticketsOf(proposal).map(ratingOf));
    expect(found(propose(waiting, 100))).toEqual([[1_560, 1_580]]);
    expect(found(new OneVsOne({ maxRatingGap: 100 }).propose(new MemoryPool(waiting), BUILT_AT))).toEqual([
      [1_500, 1_560],
      [1_580, 1_640],
    ]);
  });

  it("lets the older come first on a tie", () => {
    const [old, middle, young] = [1_500, 1_550, 1_600].map((rating, age) =>
      ticket({ rating, joinedAt: BUILT_AT + age }),
    ) as [Ticket, Ticket, Ticket];
    expect(ids(propose([old, middle, young], 50))).toEqual([`${old.id}–${middle.id}`]);
    const oldest = { ...young, joinedAt: BUILT_AT - 1 };
    expect(ids(propose([old, middle, oldest], 50))).toEqual([`${middle.id}–${oldest.id}`]);
  });

  it("says 1 − gap ÷ maxRatingGap for quality", () => {
    const waiting = [1_500, 1_525].map((rating) => ticket({ rating }));
    expect(propose(waiting, 100)).toMatchObject([{ quality: 0.75 }]);
    expect(propose([ticket(), ticket()], 0)).toMatchObject([{ quality: 1 }]);
  });
});
