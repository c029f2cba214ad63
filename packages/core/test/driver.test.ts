import { expect, it } from "vitest";
import { defineStrategy, type Ticket } from "../src/index.js";
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
