import { expect, it } from "vitest";
import { defineLimit, defineStrategy, Relaxation, RelaxingBlitz, type Ticket } from "../src/index.js";
import { Driver } from "../src/adapter.js";

function ticket(id: string, expiresAt: number): Ticket {
  const players = [{ id, rating: 1_500 }];
  return { id, players, queue: "q", region: "eu", joinedAt: 0, expiresAt, heartbeatMs: Infinity };
}

it("ends all tickets of an instant before the strategy is asked again, so their order means nothing", () => {
  const matched: string[] = [];
  const expired: string[] = [];
  const driver = new Driver({
    // Two play when nobody looks on, so the end of one ticket lets others meet.
    strategy: defineStrategy({
      propose: (waiting) =>
        waiting.length === 2 ? [{ teams: waiting.map((each) => [each]), quality: 1 }] : [],
    }),
    waveMs: Infinity,
    stopwatch: () => 0,
    onPass: ({ proposals }) =>
      matched.push(...proposals.flatMap(({ teams }) => teams.flat()).map(({ id }) => id)),
    onExpire: ({ id }) => expired.push(id),
    onError: (error) => expect.unreachable(error.message),
  });
  driver.gain(
    [ticket("a", 10), ticket("b", 10), ticket("c", 20)].map((each) => ({ ticket: each, seenAt: 0 })),
    0,
  );
  driver.advance(10);
  expect(expired.sort()).toEqual(["a", "b"]);
  expect(matched).toEqual([]);
});

it("asks again about whoever's time came in a pass that failed", () => {
  const solo = (id: string, rating: number, joinedAt: number): Ticket => {
    return { id, players: [{ id, rating }], queue: "q", region: "eu", joinedAt };
  };
  const limit = defineLimit({
    rule: "letters",
    between: (one, other) => one.id[0] === other.id[0],
    region: ([player]) => {
      if (player?.id[0] === "n") throw new Error("no region");
      return "eu";
    },
  });
  const matched: string[] = [];
  const failures: string[] = [];
  const driver = new Driver({
    strategy: new RelaxingBlitz({ ratingGap: Relaxation.constant(0), forceAfterMs: 1_000 }),
    limits: limit.together([limit]),
    waveMs: Infinity,
    stopwatch: () => 0,
    onPass: ({ at, proposals }) =>
      matched.push(...proposals.flatMap(({ teams }) => teams.flat()).map(({ id }) => `${id} at ${at}`)),
    onExpire: ({ id }) => expect.unreachable(id),
    onError: ({ code }) => failures.push(code),
  });
  driver.gain([], 0);
  for (const [place, letter] of "a b c d e f g h i j k l m".split(" ").entries()) {
    driver.joined(solo(letter, 4_000 + place * 10_000, 0), 0);
  }
  driver.joined(solo("old1", 1_500, 0), 0);
  driver.joined(solo("old2", 2_500, 500), 500);
  driver.joined(solo("new1", 5_000, 600), 600);
  driver.joined(solo("new2", 5_000, 600), 600);
  driver.left("new1", 1_200);
  expect(failures).toEqual(["STRATEGY_FAILED"]);
  expect(matched).toEqual(["old1 at 1200", "old2 at 1200"]);
});
