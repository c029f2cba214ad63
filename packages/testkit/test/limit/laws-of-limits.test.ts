import {
  blockList,
  differentAttribute,
  latency,
  Limits,
  overlap,
  recentOpponents,
  sameAttribute,
  type Limit,
  type Millis,
  type Player,
  type Ticket,
} from "@evenmatch/core";
import * as arbitrary from "@evenmatch/testkit";
import { BUILT_AT, newSeed, pools } from "@evenmatch/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const seed = newSeed() | 0;
const ALWAYS = Number.NEGATIVE_INFINITY;
const HOUR = 3_600_000;
const PARTY = 3;

/** What players of these tests carry; a limit reads some of it. */
interface Carried {
  readonly blockList: readonly string[];
  readonly recentOpponents: Readonly<Record<string, Millis>>;
  readonly latency: Readonly<Record<string, Millis>>;
  readonly topics: readonly string[];
  readonly mode: string;
}
type Guest = Player & { readonly attributes: Carried & Player["attributes"] };

const named = { maxPartySize: PARTY, tickets: 6 };
const crowds = pools<Guest>({
  maxTickets: 6,
  maxPartySize: PARTY,
  attributes: {
    blockList: arbitrary.blockLists({ ...named, maxNames: 12 }),
    recentOpponents: arbitrary.encounters({ ...named, maxNames: 5 }),
    latency: arbitrary.latencies(),
    topics: fc.array(fc.constantFrom("art", "film", "sport", "food"), { maxLength: 12 }),
    mode: arbitrary.labels(),
  },
});

/** A limit and the same said in the plainest way: over pairs of players, or over all players of a match. */
interface Subject {
  readonly name: string;
  readonly limit: Limit<never>;
  readonly pair?: (one: Guest, other: Guest) => Millis;
  readonly all?: (players: readonly Guest[]) => Millis;
  /** Whether a value breaks the bound that an explanation states. */
  readonly breaks: (value: number, bound: number) => boolean;
}

const permitted = (may: boolean): Millis => (may ? ALWAYS : Infinity);

/** When two may meet again, by the record of one of them. */
function again({ attributes }: Guest, { id }: Guest, withinMs: Millis, count = Infinity): Millis {
  const at = attributes.recentOpponents[id];
  if (at === undefined) return ALWAYS;
  const newer = Object.entries(attributes.recentOpponents).filter(
    ([otherId, other]) => other > at || (other === at && otherId < id),
  );
  return newer.length < count ? at + withinMs : ALWAYS;
}

function common(lists: readonly (readonly string[])[]): number {
  return ["art", "film", "sport", "food"].filter((topic) => lists.every((list) => list.includes(topic)))
    .length;
}

/** For each region that everybody has measured: the highest latency. */
function worst(players: readonly Guest[]): Map<string, Millis> {
  const found = new Map<string, Millis>();
  for (const region of ["asia", "eu", "na"]) {
    const all = players.map(({ attributes }) => attributes.latency[region] ?? Infinity);
    if (Math.max(...all) < Infinity) found.set(region, Math.max(...all));
  }
  return found;
}

const tooMuch = (value: number, bound: number): boolean => value > bound;
const tooLittle = (value: number, bound: number): boolean => value < bound;

const subjects: readonly Subject[] = [
  {
    name: "blockList",
    limit: blockList(),
    pair: (one, other) =>
      permitted(!one.attributes.blockList.includes(other.id) && !other.attributes.blockList.includes(one.id)),
    breaks: tooMuch,
  },
  {
    name: "recentOpponents, all for ever",
    limit: recentOpponents(),
    pair: (one, other) => Math.max(again(one, other, Infinity), again(other, one, Infinity)),
    breaks: tooMuch,
  },
  {
    name: "recentOpponents within 300 ms",
    limit: recentOpponents({ withinMs: 300 }),
    pair: (one, other) => Math.max(again(one, other, 300), again(other, one, 300)),
    breaks: tooLittle,
  },
  {
    name: "recentOpponents, the last 2",
    limit: recentOpponents({ count: 2 }),
    pair: (one, other) => Math.max(again(one, other, Infinity, 2), again(other, one, Infinity, 2)),
    // The place from the newest on: what is no further back than the bound still counts.
    breaks: (place, count) => place <= count,
  },
  {
    name: "recentOpponents, the last 2 within 300 ms",
    limit: recentOpponents({ count: 2, withinMs: 300 }),
    pair: (one, other) => Math.max(again(one, other, 300, 2), again(other, one, 300, 2)),
    breaks: tooLittle,
  },
  {
    name: "sameAttribute",
    limit: sameAttribute("mode"),
    pair: (one, other) => permitted(one.attributes.mode === other.attributes.mode),
    breaks: tooMuch,
  },
  {
    name: "differentAttribute",
    limit: differentAttribute("mode"),
    pair: (one, other) => permitted(one.attributes.mode !== other.attributes.mode),
    breaks: tooLittle,
  },
  {
    name: "overlap of pairs",
    limit: overlap({ attribute: "topics", atLeast: 2 }),
    pair: (one, other) => permitted(common([one.attributes.topics, other.attributes.topics]) >= 2),
    breaks: tooLittle,
  },
  {
    name: "overlap of all",
    limit: overlap({ attribute: "topics", among: "all" }),
    all: (players) => permitted(common(players.map(({ attributes }) => attributes.topics)) >= 1),
    breaks: tooLittle,
  },
  {
    name: "latency",
    limit: latency({ maxMs: 150 }),
    all: (players) => permitted(Math.min(...worst(players).values()) <= 150),
    breaks: tooMuch,
  },
];

/** When tickets may be in one match, by the plain rule. */
function expected({ pair, all }: Subject, tickets: readonly Ticket<Guest>[]): Millis {
  let opensAt = all?.(tickets.flatMap(({ players }) => players)) ?? ALWAYS;
  for (const [place, { players }] of tickets.entries()) {
    for (const other of tickets.slice(place + 1).flatMap((ticket) => ticket.players)) {
      for (const one of players) opensAt = Math.max(opensAt, pair?.(one, other) ?? ALWAYS);
    }
  }
  return opensAt;
}

describe.each(subjects)("$name", (subject) => {
  const limits = new Limits([subject.limit as Limit]);
  const forAll = (law: (tickets: readonly Ticket<Guest>[], now: Millis) => void): void =>
    fc.assert(
      fc.property(crowds, arbitrary.instants(), (tickets, now) => law(tickets, now)),
      { numRuns: 300, seed },
    );

  it("is the plain rule, for two tickets and for many, in whatever order", () => {
    let open = 0;
    let closed = 0;
    forAll((tickets) => {
      expect(limits.among(tickets)).toBe(expected(subject, tickets));
      expect(limits.among(tickets.toReversed())).toBe(expected(subject, tickets));
      for (const one of tickets) {
        for (const other of tickets) {
          if (one === other) continue;
          const opensAt = expected(subject, [one, other]);
          expect(limits.between(one, other)).toBe(opensAt);
          expect(limits.among([one, other])).toBe(opensAt);
          if (opensAt === ALWAYS) open++;
          else closed++;
        }
      }
    });
    // A rule that never or always permits would be no test.
    expect(Math.min(open, closed)).toBeGreaterThan(50);
  });

  it("is hereditary: leaving somebody out never closes what was open", () => {
    forAll((tickets) => {
      const opensAt = limits.among(tickets);
      for (const left of tickets) {
        expect(limits.among(tickets.filter((each) => each !== left))).toBeLessThanOrEqual(opensAt);
      }
    });
  });

  it("explains itself exactly while it is closed, with a value that breaks its bound", () => {
    forAll((tickets, now) => {
      const opensAt = limits.among(tickets);
      const found = limits.blocking(tickets, now);
      expect(found.map(({ rule }) => rule)).toEqual(opensAt > now ? [subject.limit.rule] : []);
      for (const { limit, value } of found) {
        expect(subject.breaks(value, limit), `${value} breaks ${limit}`).toBe(true);
        if (opensAt < Infinity) expect(limits.blocking(tickets, opensAt)).toEqual([]);
      }
    });
  });
});

describe("the region of a match", () => {
  it("is the one with the least worst latency, of equal ones the first by name, and nobody is above the maximum", () => {
    const limits = new Limits([latency({ maxMs: 150 })]);
    let ties = 0;
    fc.assert(
      fc.property(crowds, (tickets) => {
        fc.pre(tickets.length > 0);
        const places = worst(tickets.flatMap(({ players }) => players));
        const least = Math.min(...places.values());
        const best = [...places].filter(([, ms]) => ms === least).map(([region]) => region);
        if (best.length > 1) ties++;
        expect(limits.regionOf(tickets)).toBe(best.sort()[0]);
        if (limits.among(tickets) === ALWAYS) expect(least).toBeLessThanOrEqual(150);
      }),
      { numRuns: 500, seed },
    );
    expect(ties).toBeGreaterThan(0);
  });
});

describe("names that every object has", () => {
  const odd = ["constructor", "__proto__", "toString"];
  const of = (id: string, attributes: Player["attributes"]): Ticket =>
    arbitrary.ticket({ players: [{ id, rating: 1_500, ...(attributes && { attributes }) }] });

  it.each(odd)("%s is a player like any other", (id) => {
    const limits = new Limits([recentOpponents({ withinMs: HOUR })]);
    const ann = of("ann", { recentOpponents: {} });
    expect(limits.between(ann, of(id, { recentOpponents: {} }))).toBe(ALWAYS);
    const met = of("ann", { recentOpponents: Object.fromEntries([[id, BUILT_AT]]) });
    expect(limits.between(met, of(id, { recentOpponents: {} }))).toBe(BUILT_AT + HOUR);
  });

  it.each(odd)("%s is a region like any other", (region) => {
    const limits = new Limits([latency({ maxMs: 100 })]);
    const near = of("ann", { latency: Object.fromEntries([[region, 20]]) });
    expect(limits.among([near, of("bob", { latency: {} })])).toBe(Infinity);
    const both = [near, of("bob", { latency: Object.fromEntries([[region, 90]]) })];
    expect(limits.among(both)).toBe(ALWAYS);
    expect(limits.regionOf(both)).toBe(region);
  });
});
