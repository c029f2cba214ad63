import {
  defineLimit,
  Fifo,
  MemoryPool,
  SeededBracket,
  TeamBalance,
  type Limit,
  type Player,
  type Strategy,
} from "@evenmatch/core";
import { BUILT_AT, ticket } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";

/** How often a limit is asked in a pass over a pool in which it lets nobody play, and when to look again after it. */
function questions(strategy: Strategy, count: number, may: (players: readonly Player[]) => boolean): number {
  let asked = 0;
  const among: NonNullable<Limit["among"]> = (players) => {
    asked++;
    return may(players);
  };
  const limit = defineLimit({ rule: "hard", among });
  const tickets = Array.from({ length: count }, (_, place) =>
    ticket({
      id: `t${place}`,
      ratings: [1_000 + ((place * 7_919) % 1_000)],
      joinedAt: BUILT_AT + (place % 7),
    }),
  );
  const pool = new MemoryPool(tickets, { limits: limit.together([limit]) });
  expect(strategy.propose(pool, BUILT_AT + 2_000)).toEqual([]);
  const asOfNow = asked;
  expect(strategy.nextChange(pool, BUILT_AT + 2_000)).toBe(Infinity);
  return asOfNow;
}

/** Of three roles nobody meets their own: two or three may meet, and four never. */
const roleOf = ({ id }: Player): number => Number(/\d+/.exec(id)?.[0]) % 3;
const rolesDiffer = (players: readonly Player[]): boolean =>
  new Set(players.map(roleOf)).size === players.length;

const notFour = ({ length }: readonly Player[]): boolean => length < 4;
const notTwo = ({ length }: readonly Player[]): boolean => length < 2;

describe("a pass over many whom limits keep from every match", () => {
  const every = { teams: 4, teamSize: 1, maxRatingSpread: 10_000 };

  it("asks TeamBalance's limits a few times for each two of them", () => {
    expect(questions(new TeamBalance(every), 400, rolesDiffer)).toBeLessThan(400 * 400);
    expect(questions(new TeamBalance(every), 400, notFour)).toBeLessThan(400 * 400);
  });

  it("asks Fifo's limits no more than some ten times for each two of them", () => {
    expect(questions(new Fifo({ teams: 4 }), 400, rolesDiffer)).toBeLessThan(12 * 400 * 400);
    expect(questions(new Fifo({ teams: 4 }), 400, notFour)).toBeLessThan(12 * 400 * 400);
  });

  it("asks SeededBracket's limits once for each two, however many sizes a bracket may have", () => {
    const cup = new SeededBracket({ sizes: [128, 256], fillMs: 1_000, byes: true });
    expect(questions(cup, 400, notTwo)).toBeLessThan(400 * 400);
  });
});
