import {
  blockList,
  byAge,
  defineLimit,
  Fifo,
  Matchmaker,
  MemoryPool,
  ticketsOf,
  type FifoOptions,
  type Limits,
  type Player,
  type Proposal,
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
  type TicketOptions,
} from "@evenmatch/testkit";

const seed = newSeed() | 0;

type Limited = Player & {
  readonly attributes: {
    readonly blockList: readonly string[];
    readonly color: string;
    readonly notBefore: Readonly<Record<string, number>>;
    readonly tier: string;
  };
};

/** One that pairs never break. */
const notAllRed = defineLimit({
  rule: "notAllRed",
  attributes: { color: "string" },
  among: (players) => players.filter(({ attributes: { color } }) => color === "red").length < 4,
});
const limits = [blockList(), opensLater(), notAllRed];
const together = limits[0]!.together(limits);

function tiered(maxPartySize: number): TicketOptions<Limited> {
  return {
    maxPartySize,
    attributes: {
      blockList: blockLists({ maxNames: 2, maxPartySize }),
      color: labels(["red", "green"]),
      notBefore: encounters({ maxNames: 2, maxPartySize }),
      tier: labels(["vip", "member", "guest"]),
    },
  };
}

/** Whether these parties fill the teams exactly: every way to deal them is tried. */
function fills(sizes: readonly number[], room: readonly number[]): boolean {
  const [size, ...others] = sizes;
  if (size === undefined) return room.every((left) => left === 0);
  return room.some((left, team) => left >= size && fills(others, room.with(team, left - size)));
}

const classes = ["vip", "member"];

/** The class of a party is that of its last player, and whoever waited long enough is of the first. */
function rankOf({ joinedAt, players }: Ticket<Limited>, boostAfterMs: number, now: number): number {
  if (joinedAt + boostAfterMs <= now) return 0;
  return Math.max(
    ...players.map(({ attributes: { tier } }) => (classes.includes(tier) ? classes.indexOf(tier) : 2)),
  );
}

/** The rule by brute force: the first of all permitted groups in order, again and again. */
function reference(
  { teams = 2, teamSize = 1, priority }: FifoOptions<"tier">,
  tickets: readonly Ticket<Limited>[],
  now: number,
  limits?: Limits,
): string[][] {
  const rank = (each: Ticket<Limited>) =>
    priority ? rankOf(each, priority.boostAfterMs ?? Infinity, now) : 0;
  const waiting = [...tickets].sort((one, other) => rank(one) - rank(other) || byAge(one, other));
  const room = Array.from({ length: teams }, () => teamSize);
  const first = (group: Ticket<Limited>[], from: number): Ticket<Limited>[] | undefined => {
    const sizes = group.map(({ players }) => players.length);
    const players = sizes.reduce((sum, size) => sum + size, 0);
    if (players > teams * teamSize || (limits && group.length > 0 && limits.among(group) > now))
      return undefined;
    if (players === teams * teamSize) return fills(sizes, room) ? group : undefined;
    for (let next = from; next < waiting.length; next++) {
      const found = first([...group, waiting[next]!], next + 1);
      if (found) return found;
    }
    return undefined;
  };
  const matches: string[][] = [];
  for (let group = first([], 0); group; group = first([], 0)) {
    matches.push(group.map(({ id }) => id).sort());
    for (const each of group) waiting.splice(waiting.indexOf(each), 1);
  }
  return matches;
}

const idsOf = (proposals: readonly Proposal[]): string[][] =>
  proposals.map((proposal) =>
    ticketsOf(proposal)
      .map(({ id }) => id)
      .sort(),
  );

const shapes = [
  { teams: 2, teamSize: 1 },
  { teams: 4, teamSize: 1 },
  { teams: 2, teamSize: 2 },
  { teams: 1, teamSize: 3 },
  { teams: 2, teamSize: 3 },
];
const priority = { attribute: "tier", order: classes } as const;
const priorities = [undefined, priority, { ...priority, boostAfterMs: 300 }];
const waited = fc.integer({ min: 0, max: 1_500 });

describe.each(shapes)("Fifo of $teams × $teamSize against every group there is", (shape) => {
  const tickets = pools<Limited>({ ...tiered(shape.teamSize), maxTickets: 9 });

  it.each(priorities)("takes the first that limits permit, with classes %j", (priority) => {
    const options = { ...shape, ...(priority && { priority }) };
    fc.assert(
      fc.property(tickets, waited, (tickets, after) => {
        const now = BUILT_AT + after;
        const pool = new MemoryPool(tickets, { limits: together });
        expect(idsOf(new Fifo(options).propose(pool, now))).toEqual(
          reference(options, tickets, now, together),
        );
      }),
      { numRuns: 80, seed },
    );
  });

  it.each(priorities.slice(1))("takes the first by class and age, with classes %j", (priority) => {
    const options = { ...shape, priority: priority! };
    fc.assert(
      fc.property(tickets, waited, (tickets, after) => {
        const now = BUILT_AT + after;
        const proposals = new Fifo(options).propose(new MemoryPool(tickets), now);
        expect(idsOf(proposals)).toEqual(reference(options, tickets, now));
      }),
      { numRuns: 80, seed },
    );
  });
});

for (const shape of shapes) {
  const { teams, teamSize } = shape;
  const generated = {
    shape,
    tickets: pools<Limited>(tiered(teamSize)),
    changes: changes<Limited>(tiered(teamSize)),
  };
  describeStrategy(
    { describe, it },
    { name: `Fifo ${teams} × ${teamSize}, with limits`, create: () => new Fifo(shape), ...generated, limits },
  );
  describeStrategy(
    { describe, it },
    {
      name: `Fifo ${teams} × ${teamSize} with classes`,
      create: () => new Fifo({ ...shape, priority }),
      ...generated,
    },
  );
  describeStrategy(
    { describe, it },
    {
      name: `Fifo ${teams} × ${teamSize} with classes that time lifts, and limits`,
      create: () => new Fifo({ ...shape, priority: { ...priority, boostAfterMs: 100 } }),
      ...generated,
      limits,
    },
  );
}

describe("Fifo with classes", () => {
  const party = (id: string, at: number, ...tiers: string[]): Ticket<Limited> =>
    ticket<Limited>({
      id,
      joinedAt: BUILT_AT + at,
      players: tiers.map((tier, place) => ({
        id: `${id}${place}`,
        rating: 1_500,
        attributes: { tier, color: "green", blockList: [], notBefore: {} },
      })),
    });
  const meet = (
    options: FifoOptions<"tier">,
    tickets: readonly Ticket<Limited>[],
    now = BUILT_AT + 100,
  ): string[][] => idsOf(new Fifo(options).propose(new MemoryPool(tickets), now));

  it("takes the first class first, strangers last, and within a class the older", () => {
    const tickets = [
      party("a", 0, "guest"),
      party("b", 1, "member"),
      party("c", 2, "vip"),
      party("d", 3, "member"),
      party("e", 4, "vip"),
      party("f", 5, "member"),
    ];
    expect(meet({ priority }, tickets)).toEqual([
      ["c", "e"],
      ["b", "d"],
      ["a", "f"],
    ]);
  });

  it("counts a party by its last player, whoever brings it", () => {
    const tickets = [party("a", 1, "vip", "guest"), party("b", 2, "member"), party("c", 3, "guest")];
    expect(meet({ teams: 1, teamSize: 2, priority }, tickets)).toEqual([["b", "c"], ["a"]]);
  });

  it("lets the last class wait for ever while a higher one comes, but for boostAfterMs", () => {
    const runs = (boostAfterMs?: number): number => {
      const strategy = new Fifo({ priority: { ...priority, ...(boostAfterMs && { boostAfterMs }) } });
      const pool = new MemoryPool([party("g", 0, "guest")]);
      // Two vips come at a time, as waves let them.
      for (let at = 10; at <= 100; at += 10) {
        for (const id of ["v", "w"]) pool.add(party(`${id}${at}`, at, "vip"));
        for (const { id } of strategy.propose(pool, BUILT_AT + at).flatMap(ticketsOf)) {
          if (id === "g") return at;
          pool.remove(id);
        }
      }
      return Infinity;
    };
    expect(runs(40)).toBe(40);
    expect(runs()).toBe(Infinity);
  });

  it("asks at each join for the attribute, of every player of a party", async () => {
    const duo = new Fifo({ teamSize: 2, priority });
    const matchmaker = new Matchmaker({ queues: { duo } });
    const ann = { id: "ann", rating: 1_500, attributes: { tier: "vip" } };
    const bob = { id: "bob", rating: 1_500 };
    for (const attributes of [undefined, {}, { tier: 1 }, { tier: null }]) {
      const players = [ann, { ...bob, ...(attributes && { attributes }) }] as never;
      await expect(matchmaker.join("duo", { players })).rejects.toMatchObject({ code: "INVALID_ATTRIBUTE" });
    }
    const players = [ann, { ...bob, attributes: { tier: "none of these" } }];
    await expect(matchmaker.join("duo", { players })).resolves.toMatchObject({ players });
    await matchmaker.close();
  });

  it.each([
    [{}, undefined, "priority.attribute is a name"],
    [{ attribute: "", order: ["a"] }, "", "priority.attribute is a name"],
    [{ attribute: 7, order: ["a"] }, 7, "priority.attribute is a name"],
    [{ attribute: "tier" }, undefined, "priority.order names at least one class"],
    [{ attribute: "tier", order: [] }, [], "priority.order names at least one class"],
    [{ attribute: "tier", order: "vip" }, "vip", "priority.order names at least one class"],
    [{ attribute: "tier", order: [1] }, [1], "priority.order names at least one class"],
    [{ attribute: "tier", order: ["a", "b", "a"] }, "a", "priority.order names a class once"],
    [
      { attribute: "tier", order: ["a"], boostAfterMs: 0 },
      0,
      "priority.boostAfterMs is a whole number of 1 or more",
    ],
    [{ attribute: "tier", order: ["a"], boost: 1 }, "boost", "priority has no option of this name"],
    ["tier", "tier", "priority is an object"],
    [null, null, "priority is an object"],
  ])("refuses %j", (given, received, rule) => {
    const make = () => new Fifo({ priority: given as never });
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS", received }));
    expect(make).toThrow(rule);
  });
});

describe("Fifo with limits", () => {
  it("asks them about a match of one ticket, too", () => {
    const calm = defineLimit({ rule: "calm", among: (players) => players.length < 3 });
    const pool = new MemoryPool([ticket({ ratings: [1, 2, 3] })], { limits: calm.together([calm]) });
    expect(new Fifo({ teams: 1, teamSize: 3 }).propose(pool, BUILT_AT)).toEqual([]);
  });

  it("looks again at the very instant at which a limit gives way", () => {
    const later = (id: string, notBefore: Record<string, number>): Ticket =>
      ticket({ id, players: [{ id, rating: 1_500, attributes: { notBefore } }] });
    const pool = new MemoryPool([later("a", { b: BUILT_AT + 10 }), later("b", {})], {
      limits: opensLater().together([opensLater()]),
    });
    const strategy = new Fifo();
    expect(strategy.propose(pool, BUILT_AT + 9)).toEqual([]);
    expect(strategy.nextChange(pool, BUILT_AT)).toBe(BUILT_AT + 10);
    expect(strategy.propose(pool, BUILT_AT + 10)).toHaveLength(1);
    expect(strategy.nextChange(new MemoryPool(pool), BUILT_AT)).toBe(Infinity);
  });

  it("takes four whom limits permit from among thousands of whom most may not meet", () => {
    const sameColor = defineLimit({
      rule: "sameColor",
      attributes: { color: "string" },
      between: (one, other) => one.attributes.color === other.attributes.color,
    });
    const player = (color: string, at: number) => ({ id: `p${at}`, rating: 1_500, attributes: { color } });
    const tickets = Array.from({ length: 1_500 }, (_, at) =>
      ticket({ joinedAt: BUILT_AT + at, players: [player(at % 375 === 0 ? "red" : `own${at}`, at)] }),
    );
    const pool = new MemoryPool(tickets, { limits: sameColor.together([sameColor]) });
    const [match, ...others] = new Fifo({ teams: 2, teamSize: 2 }).propose(pool, BUILT_AT + 2_000);
    expect(ticketsOf(match!).map(({ joinedAt }) => joinedAt - BUILT_AT)).toEqual([0, 375, 750, 1_125]);
    expect(others).toEqual([]);
  });
});

describe("Fifo explains", () => {
  const alone = (id: string, ...blocked: string[]): Ticket =>
    ticket({
      id,
      players: [{ id, rating: 1_500, attributes: { blockList: blocked, notBefore: {}, color: "red" } }],
    });
  const explain = (options: FifoOptions, tickets: readonly Ticket[]) => {
    const pool = new MemoryPool(tickets, { limits: together });
    return new Fifo(options).explain(tickets[0]!, pool, BUILT_AT + 5);
  };

  it("how many players are missing, with those who are there", () => {
    expect(explain({ teams: 2, teamSize: 2 }, [alone("a"), alone("b", "c"), alone("c")])).toMatchObject({
      group: ["a", "b"],
      blockedBy: [{ rule: "players", limit: 4, value: 2 }],
      givesWayAt: Infinity,
    });
  });

  it("which limit would have to give way, and no more of them than needed", () => {
    expect(explain({}, [alone("a", "b"), alone("b")]).blockedBy).toEqual([
      { rule: "blockList", limit: 0, value: 1 },
    ]);
    const four = [alone("a", "b"), alone("b"), alone("c"), alone("d")];
    expect(explain({ teams: 4 }, four).blockedBy.map(({ rule }) => rule)).toEqual(["blockList", "notAllRed"]);
  });

  it("nothing but the next pass, where one could match it", () => {
    expect(explain({}, [alone("a"), alone("b")])).toMatchObject({ blockedBy: [], givesWayAt: BUILT_AT + 5 });
  });
});
