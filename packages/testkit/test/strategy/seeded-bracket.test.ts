import {
  blockList,
  bracketOf,
  byAge,
  defineLimit,
  latency,
  MemoryPool,
  ratingOf,
  SeededBracket,
  ticketsOf,
  type Limits,
  type Player,
  type Proposal,
  type SeededBracketOptions,
  type Ticket,
} from "@evenmatch/core";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  blockLists,
  BUILT_AT,
  changes,
  describeStrategy,
  encounters,
  labels,
  newSeed,
  opensLater,
  pools,
  ticket,
} from "@evenmatch/testkit";

const seed = newSeed() | 0;

/** How many players a bracket may have, by the words of the docs. */
function numbers({ sizes, byes }: SeededBracketOptions): number[] {
  const most = Math.max(...sizes);
  return Array.from({ length: most }, (_, at) => at + 1).filter((players) =>
    sizes.some((size) => players === size || (byes && players < size && players > size / 2)),
  );
}

/** All groups of so many that limits permit, with a first ticket, the earliest in the order of age first. */
function groups(tickets: readonly Ticket[], players: number, permits: (group: readonly Ticket[]) => boolean) {
  const grow = (group: Ticket[], rest: readonly Ticket[]): Ticket[] | undefined => {
    if (group.length === players) return group;
    for (const [index, next] of rest.entries()) {
      const found = permits([...group, next]) ? grow([...group, next], rest.slice(index + 1)) : undefined;
      if (found) return found;
    }
    return undefined;
  };
  const [first, ...others] = tickets;
  return first && permits([first]) ? grow([first], others) : undefined;
}

/** The rule by brute force: what would start at `now`, as lists of ids in the order of seeds. */
function reference(
  options: SeededBracketOptions,
  tickets: readonly Ticket[],
  now: number,
  limits?: Limits,
): string[][] {
  const waiting = [...tickets].sort(byAge);
  const matches: string[][] = [];
  const largest = Math.max(...options.sizes);
  const permits = (group: readonly Ticket[]): boolean => !limits || limits.among(group) <= now;
  const start = (players: number, isDue: (first: Ticket) => boolean): boolean => {
    for (let first = 0; first < waiting.length; first++) {
      if (!isDue(waiting[first]!)) continue;
      const group = groups(waiting.slice(first), players, permits);
      if (!group) continue;
      for (const each of group) waiting.splice(waiting.indexOf(each), 1);
      group.sort((one, other) => ratingOf(other) - ratingOf(one) || byAge(one, other));
      matches.push(group.map(({ id }) => id));
      return true;
    }
    return false;
  };
  while (start(largest, () => true));
  // The oldest whose time is up takes the largest it can; then the next.
  for (const first of [...waiting]) {
    if (first.joinedAt + options.fillMs > now || !waiting.includes(first)) continue;
    numbers(options)
      .toReversed()
      .some((players) => start(players, (each) => each === first));
  }
  return matches.sort();
}

const idsOf = (proposals: readonly Proposal[]): string[][] =>
  proposals.map((proposal) => ticketsOf(proposal).map(({ id }) => id)).sort();

const settings: SeededBracketOptions[] = [
  { sizes: [2, 4], fillMs: 60 },
  { sizes: [8, 4], fillMs: 100 },
  { sizes: [4], fillMs: 0 },
  { sizes: [2, 8], fillMs: 40, byes: true },
  { sizes: [4, 8], fillMs: 150, byes: true },
];

const label = ({ sizes, fillMs, byes }: SeededBracketOptions): string =>
  `${sizes.join("/")} within ${fillMs} ms${byes ? ", byes" : ""}`;

type Limited = Player & {
  readonly attributes: {
    readonly blockList: readonly string[];
    readonly color: string;
    readonly notBefore: Readonly<Record<string, number>>;
  };
};
/** One that pairs never break. */
const notAllRed = defineLimit({
  rule: "notAllRed",
  attributes: { color: "string" },
  among: (players) => players.filter(({ attributes: { color } }) => color === "red").length < 3,
});
const limits = [blockList(), opensLater(), notAllRed];
const attributes = {
  blockList: blockLists({ maxNames: 2 }),
  color: labels(["red", "green"]),
  notBefore: encounters({ maxNames: 2 }),
};
const lift =
  (options: SeededBracketOptions) =>
  (...rules: string[]) =>
    rules.every((rule) => rule === "fillMs") ? new SeededBracket({ ...options, fillMs: 0 }) : undefined;

for (const options of settings) {
  const common = {
    create: () => new SeededBracket(options),
    shape: { teams: numbers(options), teamSize: 1 },
    lift: lift(options),
  };
  describeStrategy({ describe, it }, { name: `SeededBracket ${label(options)}`, ...common });
  describeStrategy(
    { describe, it },
    {
      name: `SeededBracket ${label(options)}, with limits`,
      ...common,
      limits,
      tickets: pools<Limited>({ attributes }),
      changes: changes<Limited>({ attributes }),
    },
  );
}

describe.each(settings)(
  "SeededBracket $sizes within $fillMs ms, byes $byes, against every group there is",
  (options) => {
    const waited = fc.integer({ min: 0, max: 1_200 });

    it("starts what the rule says", () => {
      fc.assert(
        fc.property(pools({ maxTickets: 22 }), waited, (tickets, after) => {
          const now = BUILT_AT + after;
          const proposals = new SeededBracket(options).propose(new MemoryPool(tickets), now);
          expect(idsOf(proposals)).toEqual(reference(options, tickets, now));
        }),
        { numRuns: 150, seed },
      );
    });

    it("starts what the rule says with limits", () => {
      fc.assert(
        fc.property(pools<Limited>({ maxTickets: 11, attributes }), waited, (tickets, after) => {
          const now = BUILT_AT + after;
          const all = limits[0]!.together(limits);
          const pool = new MemoryPool(tickets, { limits: all });
          expect(idsOf(new SeededBracket(options).propose(pool, now))).toEqual(
            reference(options, tickets, now, all),
          );
        }),
        { numRuns: 150, seed },
      );
    });

    it("starts at the very millisecond at which the rule first says so", () => {
      fc.assert(
        fc.property(changes({ maxChanges: 14, maxPauseMs: 80 }), (all) => {
          const strategy = new SeededBracket(options);
          const pool = new MemoryPool();
          const end = (all.at(-1)?.at ?? BUILT_AT) + options.fillMs + 1;
          for (let now = BUILT_AT, next = 0; now <= end; now++) {
            for (; all[next]?.at === now; next++) {
              const change = all[next]!;
              if (change.type === "joined") pool.add(change.ticket);
              else if (change.type === "left") pool.remove(change.ticketId);
            }
            const proposals = strategy.propose(pool, now);
            expect(idsOf(proposals)).toEqual(reference(options, [...pool], now));
            for (const { id } of proposals.flatMap(ticketsOf)) pool.remove(id);
            pool.clean();
          }
        }),
        { numRuns: 15, seed },
      );
    });

    it("makes a bracket in which the better seeds meet late, and says how full it is", () => {
      fc.assert(
        fc.property(pools({ maxTickets: 16 }), (tickets) => {
          for (const proposal of new SeededBracket(options).propose(
            new MemoryPool(tickets),
            Number.MAX_SAFE_INTEGER,
          )) {
            const { size, rounds } = bracketOf(proposal);
            expect(options.sizes).toContain(size);
            expect(proposal.quality).toBe(proposal.teams.length / size);
            const seeds = ticketsOf(proposal);
            seeds
              .slice(1)
              .forEach((each, before) =>
                expect(ratingOf(each)).toBeLessThanOrEqual(ratingOf(seeds[before]!)),
              );
            for (const { slots } of rounds[0]!) {
              const [one, other] = slots.map((slot) => ("seed" in slot ? slot.seed : undefined));
              if (other !== undefined) expect(one! + other).toBe(size + 1);
              else expect(one).toBeLessThanOrEqual(size - seeds.length);
            }
          }
        }),
        { numRuns: 60, seed },
      );
    });

    it("explains by how many more it takes: so many, and not one fewer, start the group at once", () => {
      fc.assert(
        fc.property(pools({ maxTickets: 9 }), waited, (tickets, after) => {
          const now = BUILT_AT + after;
          const strategy = new SeededBracket(options);
          const pool = new MemoryPool(tickets.filter(({ joinedAt }) => joinedAt <= now));
          for (const { id } of strategy.propose(pool, now).flatMap(ticketsOf)) pool.remove(id);
          for (const each of pool) {
            const { blockedBy, group } = strategy.explain(each, pool, now);
            const [{ rule, limit, value }] = blockedBy as [(typeof blockedBy)[0]];
            if (rule !== "players") continue;
            const started = (missing: number): number => {
              const more = Array.from({ length: missing }, () => ticket({ joinedAt: now }));
              const there = group.map((id) => pool.get(id)!);
              return strategy.propose(new MemoryPool([...there, ...more]), now).flatMap(ticketsOf).length;
            };
            expect(started(limit - value)).toBe(limit);
            expect(started(limit - value - 1)).toBe(0);
          }
        }),
        { numRuns: 60, seed },
      );
    });
  },
);

describe("SeededBracket", () => {
  const waiting = (count: number, joinedAt = BUILT_AT): Ticket[] =>
    Array.from({ length: count }, (_, at) =>
      ticket({ id: `t${at}`.padEnd(4, "-"), rating: 1_000 + at, joinedAt }),
    );
  const after = (count: number, ms: number, options: Partial<SeededBracketOptions> = {}): number[] => {
    const strategy = new SeededBracket({ sizes: [8, 16, 32], fillMs: 60_000, ...options });
    return strategy.propose(new MemoryPool(waiting(count)), BUILT_AT + ms).map(({ teams }) => teams.length);
  };

  it("starts the largest size at once, and after fillMs the largest that is full", () => {
    expect(after(31, 59_999)).toEqual([]);
    expect(after(32, 0)).toEqual([32]);
    expect(after(70, 0)).toEqual([32, 32]);
    expect(after(31, 60_000)).toEqual([16, 8]);
    expect(after(7, 600_000)).toEqual([]);
    expect(after(8, 600_000)).toEqual([8]);
  });

  it("gives byes when allowed, to the best, and never to more than can meet somebody in the second round", () => {
    const byes = true;
    expect(after(4, 60_000, { byes })).toEqual([]);
    expect(after(5, 59_999, { byes })).toEqual([]);
    expect(after(5, 60_000, { byes })).toEqual([5]);
    expect(after(24, 60_000, { byes })).toEqual([24]);
    expect(after(37, 60_000, { byes })).toEqual([32, 5]);
    expect(after(12, 60_000, { byes, sizes: [8, 32] })).toEqual([8]);
  });

  it("sets the next instant to when the time of the oldest is up, and to nothing while too few wait", () => {
    const strategy = new SeededBracket({ sizes: [8, 16, 32], fillMs: 60_000 });
    expect(strategy.nextChange(new MemoryPool(waiting(8)), BUILT_AT + 5)).toBe(BUILT_AT + 60_000);
    expect(strategy.nextChange(new MemoryPool(waiting(7)), BUILT_AT + 5)).toBe(Infinity);
  });

  it("looks again when a limit gives way before the time is up: the largest size may be full then", () => {
    const later = (id: string, notBefore: Record<string, number>): Ticket =>
      ticket({ id, players: [{ id, rating: 1_500, attributes: { notBefore } }] });
    const pool = new MemoryPool(
      [later("a", { d: BUILT_AT + 10 }), later("b", {}), later("c", {}), later("d", {})],
      { limits: opensLater().together([opensLater()]) },
    );
    const strategy = new SeededBracket({ sizes: [2, 4], fillMs: 60_000 });
    expect(strategy.propose(pool, BUILT_AT)).toEqual([]);
    expect(strategy.nextChange(pool, BUILT_AT)).toBe(BUILT_AT + 10);
    expect(strategy.propose(pool, BUILT_AT + 10)).toHaveLength(1);
  });

  it("says why somebody waits", () => {
    const strategy = new SeededBracket({ sizes: [8, 16], fillMs: 60_000 });
    /** Of somebody who is too far from every region to be in any match. */
    const explainFar = () => {
      const far150 = latency({ maxMs: 150 });
      const limits = far150.together([far150]);
      const measured = (eu: number): Ticket =>
        ticket({ players: [{ id: `p${eu}`, rating: 1_500, attributes: { latency: { eu } } }] });
      const [far, near] = [measured(151), measured(20)];
      return strategy.explain(far, new MemoryPool([far, near], { limits }), BUILT_AT + 1);
    };
    const explain = (count: number, ms: number) => {
      const pool = new MemoryPool(waiting(count));
      return strategy.explain([...pool][0]!, pool, BUILT_AT + ms);
    };
    expect(explain(9, 20_000)).toMatchObject({
      blockedBy: [{ rule: "fillMs", limit: 60_000, value: 20_000 }],
      givesWayAt: BUILT_AT + 60_000,
    });
    expect(explain(9, 20_000).group).toHaveLength(8);
    expect(explain(5, 20_000)).toMatchObject({
      blockedBy: [{ rule: "players", limit: 16, value: 5 }],
      givesWayAt: Infinity,
    });
    expect(explain(5, 60_000)).toMatchObject({ blockedBy: [{ rule: "players", limit: 8, value: 5 }] });
    expect(explainFar().group).toHaveLength(1);
    expect(explain(9, 20_000).nearest.map(({ ratingGap }) => ratingGap)).toEqual([1, 2, 3, 4, 5]);
  });

  it("passes over whoever the others may not meet, and lets nobody else wait for them", () => {
    const blocked = (id: string, at: number, ...names: string[]): Ticket =>
      ticket({
        id,
        joinedAt: BUILT_AT + at,
        players: [{ id, rating: 1_500, attributes: { blockList: names } }],
      });
    const pool = new MemoryPool(
      [blocked("old", 0, "b", "c"), blocked("b", 10), blocked("c", 20), blocked("d", 30), blocked("e", 40)],
      { limits: limits[0]!.together([limits[0]!]) },
    );
    const strategy = new SeededBracket({ sizes: [4], fillMs: 100 });
    const [match] = strategy.propose(pool, BUILT_AT + 40);
    expect(ticketsOf(match!).map(({ id }) => id)).toEqual(["b", "c", "d", "e"]);
  });

  it("refuses a ticket lifetime in which no bracket would fill", () => {
    const strategy = new SeededBracket({ sizes: [8], fillMs: 60_000 });
    const times = { heartbeatMs: Infinity, waveMs: Infinity };
    const refusal = { code: "INVALID_OPTIONS", received: 60_000 };
    expect(() => strategy.checkQueue({ ...times, ticketTtlMs: 60_000 })).toThrow(
      expect.objectContaining(refusal),
    );
    strategy.checkQueue({ ...times, ticketTtlMs: 60_001 });
    strategy.checkQueue({ ...times, ticketTtlMs: Infinity });
  });

  it.each([
    [{}, undefined, "sizes lists at least one size"],
    [{ sizes: [] }, [], "sizes lists at least one size"],
    [{ sizes: 8 }, 8, "sizes lists at least one size"],
    [{ sizes: [8, 12] }, 12, "each of sizes is a power of two"],
    [{ sizes: [1, 8] }, 1, "each of sizes is a power of two"],
    [{ sizes: ["8"] }, "8", "each of sizes is a power of two"],
    [{ sizes: [2 ** 20] }, 2 ** 20, "each of sizes is a power of two from 2 to 65,536"],
    [{ sizes: [8, 16, 8] }, 8, "sizes names a size once"],
    [{ sizes: [8] }, undefined, "fillMs is a whole number of 0 or more"],
    [{ sizes: [8], fillMs: -1 }, -1, "fillMs is a whole number of 0 or more"],
    [{ sizes: [8], fillMs: 1.5 }, 1.5, "fillMs is a whole number of 0 or more"],
    [{ sizes: [8], fillMs: Infinity }, Infinity, "fillMs is a whole number of 0 or more"],
    [{ sizes: [8], fillMs: 1, byes: "yes" }, "yes", "byes is true or false"],
    [{ sizes: [8], fillMs: 1, size: 8 }, "size", "SeededBracket has no option of this name"],
    [undefined, undefined, "SeededBracket is an object"],
  ])("refuses %j", (options, received, rule) => {
    const make = () => new SeededBracket(options as never);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", received }));
    expect(make).toThrow(rule);
  });
});
