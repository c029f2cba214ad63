import {
  byAge,
  defineLimit,
  EvenmatchError,
  Matchmaker,
  MemoryPool,
  OneVsOne,
  ratingOf,
  Relaxation,
  RelaxingBlitz,
  ticketsOf,
  type Proposal,
  type QueueSettings,
  type RelaxingBlitzOptions,
  type Ticket,
} from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BUILT_AT, newSeed, pools, rng, ticket } from "@evenmatch/testkit";

const seed = newSeed() | 0;
const design = { ratingGap: 100, widenBy: 50, widenEveryMs: 5_000, upTo: 400, forceAfterMs: 30_000 };
const line = Relaxation.line({ from: 100, to: 500, overMs: 40_000 });

function waits(id: string, rating: number, joinedAfter = 0): Ticket {
  return ticket({ id, rating, joinedAt: BUILT_AT + joinedAfter });
}

/** Who meets whom, and how many milliseconds after the first joined. */
function meetings(
  options: RelaxingBlitzOptions,
  tickets: readonly Ticket[],
  { limits, waveMs = Infinity }: Pick<QueueSettings, "limits" | "waveMs"> = {},
): string[] {
  const found: string[] = [];
  const driver = new Driver({
    strategy: new RelaxingBlitz(options),
    limits: limits?.[0]?.together(limits),
    waveMs,
    stopwatch: () => 0,
    onPass: ({ at, proposals }) =>
      found.push(...named(proposals).map((pair) => `${pair} after ${at - BUILT_AT}`)),
    onExpire: () => expect.unreachable(),
    onError: (error) => expect.unreachable(error.message),
  });
  driver.gain([], BUILT_AT);
  for (const each of tickets) driver.joined(each, each.joinedAt);
  driver.advance(BUILT_AT + 1_000_000);
  return found;
}

function named(proposals: readonly Proposal[]): string[] {
  return proposals.map((proposal) => ticketsOf(proposal).map(({ id }) => id).sort().join("–")).sort(); // prettier-ignore
}

function gapIn(proposal: Proposal): number {
  const [one, other] = ticketsOf(proposal);
  return Math.abs(ratingOf(one!) - ratingOf(other!));
}

const stranger = defineLimit({ rule: "stranger", between: (one, other) => one.id[0] !== other.id[0] });

describe("RelaxingBlitz", () => {
  it("lets two meet whose gap is beyond all numbers, where any gap is allowed", () => {
    const ratingGap = Relaxation.curve((waitedMs) => (waitedMs < 1_000 ? 100 : Infinity));
    const pool = new MemoryPool([waits("low", -Number.MAX_VALUE), waits("high", Number.MAX_VALUE)]);
    const proposals = new RelaxingBlitz({ ratingGap }).propose(pool, BUILT_AT + 1_000);
    expect(proposals.map(({ quality }) => quality)).toEqual([0]);
  });

  it("lets two meet when each side's own gap allows it", () => {
    const tickets = [waits("a", 1_500), waits("b", 1_650, 3_000)];
    expect(meetings(design, tickets)).toEqual(["a–b after 8000"]);
    expect(meetings({ ...design, wait: "both" }, tickets)).toEqual(["a–b after 8000"]);
  });

  it("lets two meet when the gap of the one who waited longer allows it", () => {
    const options = { ...design, wait: "longest" } as const;
    expect(meetings(options, [waits("a", 1_500), waits("b", 1_650, 3_000)])).toEqual(["a–b after 5000"]);
    expect(meetings(options, [waits("a", 1_500), waits("b", 1_650, 9_000)])).toEqual(["a–b after 9000"]);
  });

  it("lets two meet when the gap after both waits together allows it", () => {
    const options = { ...design, wait: "sum" } as const;
    expect(meetings(options, [waits("a", 1_500), waits("b", 1_650, 3_000)])).toEqual(["a–b after 4000"]);
    expect(meetings(options, [waits("a", 1_500), waits("b", 1_650, 2_999)])).toEqual(["a–b after 4000"]);
    expect(meetings(options, [waits("a", 1_500), waits("b", 1_650, 5_000)])).toEqual(["a–b after 5000"]);
  });

  it("stops widening at upTo", () => {
    const { forceAfterMs: _, ...never } = design;
    expect(meetings(never, [waits("a", 1_000), waits("b", 1_400)])).toEqual(["a–b after 30000"]);
    expect(meetings(never, [waits("a", 1_000), waits("b", 1_401)])).toEqual([]);
  });

  it("widens along a line: 100 to 500 over 40 s", () => {
    expect(meetings({ ratingGap: line }, [waits("a", 1_000), waits("b", 1_250)])).toEqual([
      "a–b after 15000",
    ]);
    expect(meetings({ ratingGap: line }, [waits("a", 1_000), waits("b", 1_500)])).toEqual([
      "a–b after 40000",
    ]);
    expect(meetings({ ratingGap: line }, [waits("a", 1_000), waits("b", 1_501)])).toEqual([]);
  });

  it("forces after forceAfterMs: the closest, whatever the gap, and one side is enough", () => {
    const tickets = [waits("a", 1_000), waits("c", 2_900, 29_500), waits("b", 2_600, 29_999)];
    expect(meetings(design, tickets)).toEqual(["a–b after 30000"]);
  });

  it("lets the oldest of those who are forced choose first, and of two equally close the older", () => {
    const tickets = [waits("a", 2_000), waits("b", 3_000, 1), waits("c", 4_000, 2), waits("d", 1_000, 3)];
    expect(meetings({ ...design, forceAfterMs: 10_000 }, tickets)).toEqual([
      "a–b after 10000",
      "c–d after 10002",
    ]);
  });

  it("lets who is forced meet the oldest of many equally close, above or below", () => {
    const found = (...others: Ticket[]): string[] =>
      named(
        new RelaxingBlitz(design).propose(new MemoryPool([waits("a", 2_000), ...others]), BUILT_AT + 30_000),
      ).filter((pair) => pair.startsWith("a"));
    const [low, lower] = [waits("low", 1_000, 4), waits("lower", 1_000, 3)];
    const [high, higher] = [waits("high", 3_000, 4), waits("higher", 3_000, 3)];
    expect(found(low, lower)).toEqual(["a–lower"]);
    expect(found(high, higher)).toEqual(["a–higher"]);
    expect(found(low, higher)).toEqual(["a–higher"]);
    expect(found(lower, high)).toEqual(["a–lower"]);
    expect(found(waits("same", 2_000, 5), lower)).toEqual(["a–same"]);
  });

  it("forces in the wave after forceAfterMs", () => {
    const tickets = [waits("a", 1_000), waits("b", 2_600, 1)];
    const [found] = meetings(design, tickets, { waveMs: 400 });
    const wave = Math.ceil((BUILT_AT + 30_000) / 400) * 400;
    expect(found).toBe(`a–b after ${wave - BUILT_AT}`);
  });

  it("forces nobody past a limit, and as soon as it opens", () => {
    const opens = (rule: string, after: number) => defineLimit({ rule, between: () => BUILT_AT + after });
    const tickets = [waits("a", 1_000), waits("b", 2_600, 7)];
    expect(meetings(design, tickets, { limits: [opens("soon", 20)] })).toEqual(["a–b after 30000"]);
    expect(meetings(design, tickets, { limits: [opens("late", 45_678)] })).toEqual(["a–b after 45678"]);
    expect(meetings(design, tickets, { limits: [opens("never", Infinity)] })).toEqual([]);
    // Both are forced and stuck; whoever comes plays with the older of the two, though the other is closer.
    const all = [ticket({ ...waits("a", 0), players: [{ id: "x1", rating: 1_000 }] }), ticket({ ...waits("b", 0, 7), players: [{ id: "x2", rating: 2_600 }] }), ticket({ ...waits("c", 0, 50_000), players: [{ id: "y", rating: 2_600 }] })]; // prettier-ignore
    expect(meetings(design, all, { limits: [stranger] })).toEqual(["a–c after 50000"]);
  });

  it("says 1 − gap ÷ the widest gap before forcing for quality, and 0 beyond it", () => {
    const qualities = (options: RelaxingBlitzOptions, gap: number, waited: number): number[] =>
      new RelaxingBlitz(options)
        .propose(new MemoryPool([waits("a", 1_000), waits("b", 1_000 + gap)]), BUILT_AT + waited)
        .map(({ quality }) => quality);
    expect(qualities(design, 100, 0)).toEqual([0.75]);
    expect(qualities(design, 101, 0)).toEqual([]);
    expect(qualities(design, 0, 0)).toEqual([1]);
    expect(qualities(design, 400, 30_000)).toEqual([0]);
    expect(qualities(design, 2_000, 30_000)).toEqual([0]);
    expect(qualities({ ratingGap: line }, 50, 0)).toEqual([0.9]);
    expect(qualities({ ratingGap: line, forceAfterMs: 10_000 }, 50, 0)).toEqual([0.75]);
    expect(qualities({ ratingGap: line, forceAfterMs: 10_000, wait: "sum" }, 75, 0)).toEqual([0.75]);
    expect(qualities({ ratingGap: Relaxation.constant(0), forceAfterMs: 10 }, 0, 0)).toEqual([1]);
    expect(qualities({ ratingGap: Relaxation.constant(0), forceAfterMs: 10 }, 5, 10)).toEqual([0]);
    const open = Relaxation.curve((waitedMs) => (waitedMs < 10 ? 100 : Infinity));
    expect(qualities({ ratingGap: open }, 2_000, 10)).toEqual([1]);
  });

  it("is OneVsOne while nobody's gap has widened", () => {
    fc.assert(
      fc.property(pools({ maxTickets: 20, withinMs: 4_999 }), (tickets) => {
        const pool = new MemoryPool(tickets);
        const proposals = new RelaxingBlitz(design).propose(pool, BUILT_AT + 4_999);
        const classic = new OneVsOne({ maxRatingGap: 100 }).propose(pool, BUILT_AT + 4_999);
        expect(proposals).toHaveLength(classic.length);
        const total = (all: readonly Proposal[]): number => all.reduce((sum, each) => sum + gapIn(each), 0);
        expect(total(proposals)).toBeCloseTo(total(classic), 4);
      }),
      { numRuns: 200, seed },
    );
  });
});

describe("RelaxingBlitz over many", () => {
  const many = (size: number, width: number): Ticket[] => {
    const source = rng(1);
    return Array.from({ length: size }, (_, index) =>
      waits(`t${index}`, 1_000 + source.float() * width, Math.floor(source.float() * 60_000)),
    );
  };

  it.each([
    [600, 200_000],
    [600, 500],
    [3_000, 2_000],
  ])(
    "leaves nobody of %i on %i points who could be paired, over all at once and over some",
    (size, width) => {
      for (const wait of ["both", "longest", "sum"] as const) {
        for (const forceAfterMs of [50_000, Infinity]) {
          const options = { ...design, forceAfterMs, wait };
          const pool = new MemoryPool(many(size, width));
          const strategy = new RelaxingBlitz(options);
          const now = BUILT_AT + 60_000;
          const proposals = strategy.propose(pool, now);
          expect(new Set(proposals.flatMap(ticketsOf)).size).toBe(2 * proposals.length);
          pool.clean();
          for (const { id } of proposals.flatMap(ticketsOf)) pool.remove(id);
          // Nothing is left to propose, neither to it nor to a strategy that looks at everybody.
          expect(strategy.propose(pool, now)).toEqual([]);
          strategy.nextChange(pool, now);
          expect(new RelaxingBlitz(options).propose(new MemoryPool(pool), now)).toEqual([]);
          // Half come back: it looks at these alone, and finds what looking at everybody finds.
          const back = proposals.flatMap(ticketsOf).filter((_, place) => place % 16 === 0);
          for (const each of back) pool.giveBack(each);
          const some = named(strategy.propose(pool, now));
          expect(some).toEqual(named(new RelaxingBlitz(options).propose(new MemoryPool(pool), now)));
        }
      }
    },
  );

  it("lets many who are forced choose one after the other, each the closest left", () => {
    const tickets = many(400, 500).map((each) => ({
      ...each,
      players: each.players.map((player) => ({ ...player, rating: Math.round(player.rating / 5) * 5 })),
    }));
    const left = [...tickets].sort(byAge);
    const expected: string[] = [];
    for (let forced = left.shift(); forced; forced = left.shift()) {
      const gap = (other: Ticket): number => Math.abs(ratingOf(other) - ratingOf(forced));
      const [closest] = [...left].sort((one, other) => gap(one) - gap(other) || byAge(one, other));
      if (!closest) break;
      left.splice(left.indexOf(closest), 1);
      expected.push([forced.id, closest.id].sort().join("–"));
    }
    const proposals = new RelaxingBlitz(design).propose(new MemoryPool(tickets), BUILT_AT + 200_000);
    expect(named(proposals)).toEqual(expected.sort());
  });

  it("pairs 300,000 who hang together in one pass", () => {
    const tickets = Array.from({ length: 300_000 }, (_, index) => waits(`t${index}`, index / 200));
    expect(new RelaxingBlitz(design).propose(new MemoryPool(tickets), BUILT_AT)).toHaveLength(150_000);
  });

  it("looks at few tickets after a join, where few are within the widest gap", () => {
    let looked = 0;
    class Counting extends MemoryPool {
      override ascend(from?: Ticket) {
        return this.#counted(super.ascend(from));
      }
      override descend(from?: Ticket) {
        return this.#counted(super.descend(from));
      }
      #counted(walk: ReturnType<MemoryPool["ascend"]>) {
        const next = walk.next.bind(walk);
        walk.next = () => {
          looked++;
          return next();
        };
        return walk;
      }
    }
    for (const wait of ["both", "longest", "sum"] as const) {
      const pool = new Counting(
        Array.from({ length: 5_000 }, (_, index) => waits(`t${index}`, index * 150, index % 1_000)),
      );
      const strategy = new RelaxingBlitz({ ...design, wait });
      const now = BUILT_AT + 2_000;
      expect(strategy.propose(pool, now)).toHaveLength(0);
      pool.clean();
      expect(strategy.nextChange(pool, now)).toBeLessThanOrEqual(now + 5_000);
      looked = 0;
      pool.add(waits("new", 300_075.5, 2_000));
      expect(named(strategy.propose(pool, now))).toEqual(["new–t2001"]);
      pool.remove("t2001");
      pool.clean();
      strategy.nextChange(pool, now);
      expect(looked).toBeLessThan(60);
    }
  });
});

describe("RelaxingBlitz explains", () => {
  const explained = (tickets: readonly Ticket[], limits?: QueueSettings["limits"], after = 1_000) => {
    const pool = new MemoryPool(tickets, { limits: limits?.[0]?.together(limits) });
    const { givesWayAt, ...rest } = new RelaxingBlitz(design).explain(tickets[0]!, pool, BUILT_AT + after);
    return { ...rest, givesWayAfter: givesWayAt - BUILT_AT };
  };

  it("who is near, whom it will meet, and when their gap is wide enough", () => {
    const tickets = [
      waits("a", 1_500),
      ...[900, 1_250, 1_650, 1_790, 2_000, 5_000].map((r) => waits(`r${r}`, r)),
    ];
    expect(explained(tickets)).toEqual({
      ticketId: "a",
      nearest: [
        { ticketId: "r1650", ratingGap: 150 },
        { ticketId: "r1250", ratingGap: 250 },
        { ticketId: "r1790", ratingGap: 290 },
        { ticketId: "r2000", ratingGap: 500 },
        { ticketId: "r900", ratingGap: 600 },
      ],
      group: ["a", "r1250"],
      blockedBy: [{ rule: "ratingGap", limit: 100, value: 250 }],
      givesWayAfter: 15_000,
    });
  });

  it("that there is nobody else", () => {
    expect(explained([waits("a", 1_500)])).toEqual({
      ticketId: "a",
      nearest: [],
      group: ["a"],
      blockedBy: [{ rule: "players", limit: 2, value: 1 }],
      givesWayAfter: Infinity,
    });
  });

  it("that it is forced", () => {
    expect(explained([waits("a", 1_000), waits("b", 9_000)])).toMatchObject({
      group: ["a", "b"],
      blockedBy: [{ rule: "ratingGap", limit: 100, value: 8_000 }],
      givesWayAfter: 30_000,
    });
  });

  it("that a limit keeps even those who are forced", () => {
    const tickets = [waits("a", 1_000), waits("b", 9_000)];
    const never = defineLimit({ rule: "never", between: () => false, bound: 3, measure: () => 7 });
    expect(explained(tickets, [never], 40_000)).toMatchObject({
      group: ["a", "b"],
      blockedBy: [{ rule: "never", limit: 3, value: 7 }],
      givesWayAfter: Infinity,
    });
    expect(explained(tickets, [never])).toMatchObject({
      blockedBy: [{ rule: "ratingGap" }, { rule: "never" }],
    });
  });
});

describe("RelaxingBlitz with settings that cannot be", () => {
  const { forceAfterMs: _, ...steps } = design;
  const settings: readonly [string, unknown, RegExp][] = [
    ["nothing", undefined, /RelaxingBlitz is an object/],
    ["an unknown option", { ...design, gap: 100 }, /no option of this name; received "gap"/],
    ["no gap", { forceAfterMs: 10 }, /ratingGap is a finite number of 0 or more/],
    ["a gap below 0", { ...design, ratingGap: -1 }, /ratingGap is .*; received -1/],
    ["a gap of text", { ...design, ratingGap: "100" }, /ratingGap is .*; received "100"/],
    ["a gap like a relaxation", { ratingGap: { at: () => 1, reaches: () => 1 } }, /ratingGap is a finite number/],
    ["no steps", { ratingGap: 100, forceAfterMs: 10 }, /widenBy is a finite number of 0 or more/],
    ["steps without a time", { ratingGap: 100, widenBy: 10 }, /widenEveryMs is a whole number of 1 or more/],
    ["steps that run backwards", { ...design, widenBy: -50 }, /widenBy is .*; received -50/],
    ["steps that never fire", { ...design, widenBy: 0 }, /a relaxation widens, .*; received 0. Let widenBy/],
    ["steps in fractions", { ...design, widenEveryMs: 2.5 }, /widenEveryMs is .*; received 2.5/],
    ["a bound below the gap", { ...design, upTo: 50 }, /upTo is above ratingGap, 100; received 50. Set upTo higher/],
    ["a bound at the gap", { ...design, upTo: 100 }, /upTo is above ratingGap/],
    ["a relaxation and steps", { ratingGap: line, widenBy: 50 }, /widenBy goes with a ratingGap in numbers/],
    ["a relaxation and a time", { ratingGap: line, widenEveryMs: 50 }, /widenEveryMs goes with/],
    ["a relaxation and a bound", { ratingGap: line, upTo: 400 }, /upTo goes with .*; received 400. Leave out upTo/],
    ["nobody's wait", { ...design, wait: "shortest" }, /wait is one of both, longest, sum; received "shortest"/],
    ["no wait", { ...design, wait: null }, /wait is one of both, longest, sum/],
    ["forcing at once", { ...design, forceAfterMs: 0 }, /forceAfterMs is a whole number of 1 or more/],
    ["forcing in fractions", { ...design, forceAfterMs: 0.5 }, /forceAfterMs is/],
    ["forcing at no time", { ...design, forceAfterMs: Number.NaN }, /forceAfterMs is/],
    ["forcing before the first step", { ...design, forceAfterMs: 5_000 }, /widens before forceAfterMs, and it first does after a wait of 5000 ms; received 5000/],
    ["forcing before the first step of both", { ...design, forceAfterMs: 2_500, wait: "sum" }, /widens before forceAfterMs/],
    ["a gap that never widens", { ratingGap: Relaxation.constant(100) }, /widens, or forceAfterMs is set/],
  ]; // prettier-ignore

  it.each(settings)("refuses %s", (_name, options, message) => {
    const make = (): unknown => new RelaxingBlitz(options as RelaxingBlitzOptions);
    expect(make).toThrow(message);
    expect(make).toThrow(EvenmatchError);
    expect(make).toThrow(expect.objectContaining({ code: "INVALID_OPTIONS" }));
  });

  it("does not compile with a relaxation and steps, with a gap alone, or with another name", () => {
    const forms: (RelaxingBlitzOptions | undefined)[] = [
      // @ts-expect-error a relaxation brings its own steps
      { ratingGap: line, widenBy: 50 },
      // @ts-expect-error a gap in numbers says how it widens
      { ratingGap: 100, forceAfterMs: 1_000 },
      // @ts-expect-error the shorter wait is what "both" means
      { ...design, wait: "shortest" },
    ];
    expect(forms).toHaveLength(3);
  });

  it("takes what is just within", () => {
    const within: readonly RelaxingBlitzOptions[] = [
      steps,
      { ratingGap: 0, widenBy: 0.5, widenEveryMs: 1 },
      { ...design, forceAfterMs: 5_001 },
      { ...design, forceAfterMs: 2_501, wait: "sum" },
      { ...design, forceAfterMs: Infinity },
      { ratingGap: Relaxation.constant(100), forceAfterMs: 1 },
      { ratingGap: line, wait: "longest" },
    ];
    for (const options of within) expect(new RelaxingBlitz(options).maxPartySize).toBe(1);
  });

  const queue = (options: RelaxingBlitzOptions, settings: Omit<QueueSettings, "strategy">) => (): unknown =>
    new Matchmaker({ queues: { blitz: { strategy: new RelaxingBlitz(options), ...settings } } });

  it("refuses a queue whose tickets end before they are forced", () => {
    expect(queue(design, { ticketTtlMs: 29_999 })).toThrow(
      /a ticket ends before it is forced; received 29999/,
    );
    expect(queue(design, { ticketTtlMs: 30_000 })).toThrow(
      /Set ticketTtlMs above 30000, or forceAfterMs lower/,
    );
    expect(queue(design, { ticketTtlMs: 30_001 })).not.toThrow();
    expect(queue(design, { ticketTtlMs: 30_999, waveMs: 1_000 })).toThrow(/and the wave after it/);
    expect(queue(design, { ticketTtlMs: 31_000, waveMs: 1_000 })).not.toThrow();
    expect(queue(design, {})).not.toThrow();
  });

  it("refuses a queue whose tickets end before the gap widens", () => {
    const never = /the gap widens before a ticket ends, and it first does after a wait of 5000 ms; received/;
    expect(queue(steps, { ticketTtlMs: 4_999 })).toThrow(never);
    expect(queue(steps, { ticketTtlMs: 5_000 })).not.toThrow();
    expect(queue({ ...steps, wait: "sum" }, { ticketTtlMs: 2_499 })).toThrow(never);
    expect(queue({ ...steps, wait: "sum" }, { ticketTtlMs: 2_500 })).not.toThrow();
    const constant = { ratingGap: Relaxation.constant(100), forceAfterMs: 1_000 };
    expect(queue(constant, { ticketTtlMs: 1_001 })).not.toThrow();
  });
});
