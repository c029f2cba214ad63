import {
  byAge,
  defineLimit,
  MemoryPool,
  Relaxation,
  ratingOf,
  TeamBalance,
  ticketsOf,
  type Limit,
  type Limits,
  type Millis,
  type Proposal,
  type TeamBalanceOptions,
  type Ticket,
} from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockLists,
  BUILT_AT,
  newSeed,
  opensLater,
  pools,
  recentOpponents,
  ticket,
  type AttributeArbitraries,
} from "@evenmatch/testkit";
import { block } from "./explaining.js";

const seed = newSeed() | 0;

/** Every way to deal these to full teams, teams in any order, by trying all. */
function deals(
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

function playersIn(tickets: readonly Ticket[]): number {
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

function imbalanceOf(teams: readonly (readonly Ticket[])[]): number {
  return apart(teams.map((team) => mean(team.flatMap(({ players }) => players.map(({ rating }) => rating)))));
}

function costOf(teams: readonly (readonly Ticket[])[], weight: number): number {
  const deviations = teams.map((team) =>
    mean(team.flatMap(({ players }) => players.map(({ deviation = 0 }) => deviation))),
  );
  return imbalanceOf(teams) + weight * apart(deviations);
}

function allowedFor(group: readonly Ticket[], spread: number | Relaxation, now: Millis): number {
  if (typeof spread === "number") return spread;
  return spread.at(now - Math.min(...group.map(({ joinedAt }) => joinedAt)));
}

interface Case extends TeamBalanceOptions {
  readonly limits?: Limits | undefined;
  readonly now: Millis;
}

/** All groups that are allowed, each oldest first; every set of tickets is tried. */
function allowedGroups(
  waiting: readonly Ticket[],
  { teams, teamSize, maxRatingSpread, limits, now }: Case,
): Ticket[][] {
  const room = Array.from({ length: teams }, () => teamSize);
  const found: Ticket[][] = [];
  for (let subset = 1; subset < 2 ** waiting.length; subset++) {
    const group = waiting.filter((_, place) => subset & (1 << place));
    if (
      playersIn(group) !== teams * teamSize ||
      !(spreadOf(group) <= allowedFor(group, maxRatingSpread, now))
    )
      continue;
    const sizes = group.map(({ players }) => players.length);
    if (fills(sizes, room) && (limits?.among(group) ?? 0) <= now) found.push(group);
  }
  return found;
}

/** The rule, word by word: the oldest who is in some allowed group, the narrowest of its groups, the oldest of those. */
function reference(tickets: readonly Ticket[], options: Case): Ticket[][] {
  const matches: Ticket[][] = [];
  for (let waiting = [...tickets].sort(byAge); ;) {
    const groups = allowedGroups(waiting, options);
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

function idsOf(groups: readonly (readonly Ticket[])[]): string[][] {
  return groups.map((group) => [...group].sort(byAge).map(({ id }) => id));
}

function propose(tickets: readonly Ticket[], { limits, now, ...options }: Case): Proposal[] {
  return new TeamBalance(options).propose(new MemoryPool(tickets, { limits }), now);
}

/** Holds what is proposed against the rule, and each split against all there are. */
function compare(tickets: readonly Ticket[], options: Case): void {
  const proposals = propose(tickets, options);
  expect(idsOf(proposals.map(ticketsOf))).toEqual(idsOf(reference(tickets, options)));
  const { teams, teamSize, maxRatingSpread, uncertaintyWeight = 0, now } = options;
  for (const proposal of proposals) {
    const group = ticketsOf(proposal);
    const all = deals(
      group,
      Array.from({ length: teams }, () => []),
      teamSize,
    );
    const least = Math.min(...all.map((each) => costOf(each, uncertaintyWeight)));
    expect(costOf(proposal.teams, uncertaintyWeight)).toBeCloseTo(least, 6);
    const imbalance = imbalanceOf(proposal.teams);
    const allowed = allowedFor(group, maxRatingSpread, now);
    expect(proposal.quality).toBeCloseTo(imbalance === 0 ? 1 : Math.max(0, 1 - imbalance / allowed), 6);
  }
}

const limits: readonly Limit<never>[] = [opensLater(), block];
const attributes = {
  notBefore: recentOpponents({ maxPartySize: 4 }),
  blocked: blockLists({ maxPartySize: 4 }),
} as AttributeArbitraries;
const checked = limits as readonly Limit[];
const together = checked[0]!.together(checked);

const spreads = fc.oneof(
  fc.constantFrom(0, 50, 100, 173.5, 1_000),
  fc.constantFrom(
    Relaxation.line({ from: 0, to: 500, overMs: 1_000 }),
    Relaxation.steps({ from: 50, by: 50, everyMs: 300 }),
  ),
);
const weights = fc.constantFrom(0, 0.3, 2);
const waits = fc.constantFrom(0, 1, 200, 1_000);

describe("TeamBalance against every group and every split there is", () => {
  it.each([
    [2, 1, 9],
    [2, 2, 9],
    [3, 2, 9],
    [2, 3, 9],
    [2, 4, 9],
    [3, 3, 10],
    [1, 3, 9],
    [4, 1, 9],
    [2, 5, 11],
  ])("forms the same groups, and splits as well, for %i × %i", (teams, teamSize, maxTickets) => {
    const party = { maxPartySize: teamSize, maxTickets };
    fc.assert(
      fc.property(
        pools(party),
        spreads,
        weights,
        waits,
        (tickets, maxRatingSpread, uncertaintyWeight, waited) => {
          const now = BUILT_AT + 1_000 + waited;
          compare(tickets, { teams, teamSize, maxRatingSpread, uncertaintyWeight, now });
        },
      ),
      { numRuns: 60, seed },
    );
  });

  it.each([
    [2, 2],
    [2, 3],
    [3, 2],
    [4, 1],
  ])("does so where limits keep some apart, for %i × %i", (teams, teamSize) => {
    const party = { maxPartySize: teamSize, maxTickets: 9, attributes };
    fc.assert(
      fc.property(pools(party), spreads, waits, (tickets, maxRatingSpread, waited) => {
        compare(tickets, { teams, teamSize, maxRatingSpread, now: BUILT_AT + waited, limits: together });
      }),
      { numRuns: 100, seed },
    );
  });

  it("does so where all ratings tie, and where hardly any do", () => {
    const tied = fc.constantFrom(1_500, 1_500, 1_500, 1_501);
    const players = fc.oneof(tied, fc.double({ min: 0, max: 3, noNaN: true })).map((rating) => ({ rating }));
    fc.assert(
      fc.property(pools({ maxPartySize: 2, maxTickets: 10, players }), (tickets) => {
        compare(tickets, { teams: 2, teamSize: 2, maxRatingSpread: 2, now: BUILT_AT + 1_000 });
      }),
      { numRuns: 100, seed },
    );
  });
});

describe("TeamBalance among many", () => {
  /** Limits under which everybody may meet, and which it takes another way to keep. */
  const free = defineLimit({ rule: "free", between: () => true });
  const many = (teamSize: number, highest: number) =>
    pools({
      maxPartySize: teamSize,
      maxTickets: 80,
      withinMs: 50,
      players: fc.integer({ min: 0, max: highest }).map((rating) => ({ rating })),
    });

  it.each([
    [2, 2, 8],
    [2, 2, 300],
    [2, 3, 30],
    [3, 4, 300],
    [2, 5, 60],
    [6, 1, 60],
  ])("finds with windows what a search finds, for %i × %i over %i points", (teams, teamSize, highest) => {
    fc.assert(
      fc.property(many(teamSize, highest), fc.constantFrom(0, 3, 20, 100), (tickets, maxRatingSpread) => {
        const options = { teams, teamSize, maxRatingSpread, now: BUILT_AT + 50 };
        const windows = propose(tickets, options).map(ticketsOf);
        const search = propose(tickets, { ...options, limits: free.together([free]) }).map(ticketsOf);
        expect(idsOf(search)).toEqual(idsOf(windows));
      }),
      { numRuns: 40, seed },
    );
  });
});

describe("TeamBalance", () => {
  const duo = { teams: 2, teamSize: 2, maxRatingSpread: 200 };
  const named = (id: string, ...ratings: number[]): Ticket => ticket({ id, ratings });
  const teamsOf = (proposals: readonly Proposal[]): string[] =>
    proposals.map(({ teams }) => teams.map((team) => team.map(({ id }) => id).join("+")).join(" against "));

  it("balances teams: the best with the weakest", () => {
    const tickets = [named("a", 1_400), named("b", 1_500), named("c", 1_510), named("d", 1_600)];
    const proposals = propose(tickets, { ...duo, now: BUILT_AT });
    expect(teamsOf(proposals)).toEqual(["a+d against b+c"]);
    expect(proposals[0]?.quality).toBeCloseTo(1 - 5 / 200, 9);
  });

  it("keeps friends together, though it splits less evenly", () => {
    const tickets = [named("a", 1_400, 1_420), named("b", 1_500), named("c", 1_510)];
    expect(teamsOf(propose(tickets, { ...duo, now: BUILT_AT }))).toEqual(["a against b+c"]);
  });

  it("lets friends of unlike skill play: their mean counts", () => {
    const tickets = [named("a", 1_000, 2_000), named("b", 1_500), named("c", 1_510)];
    expect(teamsOf(propose(tickets, { ...duo, now: BUILT_AT }))).toEqual(["a against b+c"]);
  });

  it("shares those who are uncertain where that is asked for", () => {
    const sure = (id: string, rating: number, deviation: number): Ticket =>
      ticket({ id, players: [{ id, rating, deviation }] });
    const tickets = [
      sure("a", 1_500, 300),
      sure("b", 1_505, 30),
      sure("c", 1_520, 30),
      sure("d", 1_526, 300),
    ];
    expect(teamsOf(propose(tickets, { ...duo, now: BUILT_AT }))).toEqual(["a+d against b+c"]);
    const weighted = propose(tickets, { ...duo, uncertaintyWeight: 1, now: BUILT_AT });
    expect(teamsOf(weighted)).toEqual(["a+c against b+d"]);
    expect(weighted[0]?.quality).toBeCloseTo(1 - 5.5 / 200, 9);
  });

  it("widens for the group of whoever has waited longest, to the millisecond", () => {
    const found: string[] = [];
    const maxRatingSpread = Relaxation.steps({ from: 50, by: 50, everyMs: 1_000, upTo: 300 });
    const driver = new Driver({
      strategy: new TeamBalance({ teams: 2, teamSize: 1, maxRatingSpread }),
      waveMs: Infinity,
      stopwatch: () => 0,
      onPass: ({ at, proposals }) => found.push(...teamsOf(proposals).map((teams) => `${at}: ${teams}`)),
      onExpire: () => expect.unreachable(),
      onError: (error) => expect.unreachable(error.message),
    });
    driver.gain([], 0);
    driver.joined({ ...named("old", 1_500), joinedAt: 0 }, 0);
    driver.joined({ ...named("far", 1_650), joinedAt: 500 }, 500);
    expect(driver.due).toBe(2_000);
    driver.joined({ ...named("near", 1_400), joinedAt: 700 }, 700);
    expect(driver.due).toBe(1_000);
    driver.left("near", 800);
    driver.advance(2_500);
    expect(found).toEqual(["2000: old against far"]);
    driver.joined({ ...named("last", 1_000), joinedAt: 2_600 }, 2_600);
    expect(driver.due).toBe(Infinity);
  });

  it("seats parties that leave no other way, however many teams there are", () => {
    // Threes only go with threes, and twos with twos: dealt out evenly, the last twos would find no seats.
    const sizes = [...Array.from({ length: 12 }, () => 3), ...Array.from({ length: 18 }, () => 2)];
    const tickets = sizes.map((size, index) =>
      ticket({ ratings: Array.from({ length: size }, (_, place) => 1_500 + ((index * 7 + place * 3) % 50)) }),
    );
    const [proposal] = propose(tickets, { teams: 12, teamSize: 6, maxRatingSpread: 100, now: BUILT_AT });
    expect(proposal?.teams.map(playersIn)).toEqual(Array.from({ length: 12 }, () => 6));
  });

  it("splits large groups, too", () => {
    const tickets = Array.from({ length: 20 }, (_, index) =>
      named(`t${index}`, 1_500 + ((index * 37) % 101)),
    );
    const [proposal] = propose(tickets, { teams: 4, teamSize: 5, maxRatingSpread: 200, now: BUILT_AT });
    expect(proposal?.teams.map(playersIn)).toEqual([5, 5, 5, 5]);
    expect(imbalanceOf(proposal!.teams)).toBeLessThan(1);
  });
});
