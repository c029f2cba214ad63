import type { Decision, Match } from "@evenmatch/core";
import { expect, it } from "vitest";
import { decisionCalls } from "../../src/ticket/decisions.js";
import { NOW, POOL, ticket } from "./worker.js";

function brackets(count: number, size: number): Decision[] {
  return Array.from({ length: count }, (_, n): Match => {
    const teams = Array.from({ length: size }, (_, seed) => [ticket(`${n}-${seed}`)]);
    return { ...POOL, id: `duel.eu.m${n}`, teams, quality: 1, createdAt: NOW };
  }).flatMap((match): Decision[] => [
    { type: "claim", match },
    { type: "settle", matchId: match.id },
  ]);
}

it("cuts releases and settlings by the tickets that their matches have, where that is known", () => {
  const decisions = Array.from({ length: 500 }, (_, n): Decision[] => [
    { type: "release", matchId: `duel.eu.m${n}`, drop: [], reason: "declined" },
    { type: "settle", matchId: `duel.eu.n${n}` },
  ]).flat();
  const calls = (size: number): number => decisionCalls(decisions, () => size).length;
  expect([calls(0), calls(2), calls(32)]).toEqual([2, 2, 33]);
});

it.each([
  [500, 2, 2],
  [300, 32, 10],
  [3, 5_000, 3],
])(
  "cuts %i matches of %i tickets into %i calls that keep the server as busy as pairs do",
  (count, size, expected) => {
    const decisions = brackets(count, size);
    const calls = decisionCalls(decisions);
    expect(calls.length).toBe(expected);
    expect(calls.map(({ from }) => from)).toEqual([
      0,
      ...calls.slice(0, -1).map((_, n) => calls[n + 1]!.from),
    ]);
    expect(calls.reduce((sum, { count }) => sum + count, 0)).toBe(decisions.length);
  },
);
