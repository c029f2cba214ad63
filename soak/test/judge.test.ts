import { describe, expect, it } from "vitest";
import { checkHistory, type FinalState, type HistoryEntry, type LossWindow } from "@evenmatch/testkit";
import { judge, ungrouped } from "../src/cluster/judge.js";

const match = "classic.eu.m1";

const final: FinalState = {
  tickets: [
    { ticketId: "classic.eu.1", state: "matched", players: ["ann"], matchId: match },
    { ticketId: "classic.eu.2", state: "matched", players: ["bob"], matchId: match },
  ],
  matches: [{ matchId: match, state: "delivered", teams: [["classic.eu.1"], ["classic.eu.2"]] }],
};

/** Both join, and are told at the instant 20. */
const entries: HistoryEntry[] = [
  ...["ann", "bob"].flatMap((player, index): HistoryEntry[] => {
    const common = { process: "bots", call: player };
    const operation = { type: "join", queue: "classic", region: "eu", players: [player] } as const;
    const reply = { type: "joined", ticketId: `classic.eu.${index + 1}` } as const;
    return [
      { type: "called", at: 10 + index, ...common, operation },
      { type: "replied", at: 10 + index, ...common, reply },
    ];
  }),
  ...["ann", "bob"].map((player): HistoryEntry => ({
    type: "told",
    at: 20,
    process: "bots",
    player,
    news: {
      type: "match",
      matchId: match,
      queue: "classic",
      region: "eu",
      teams: [
        [{ ticketId: "classic.eu.1", players: ["ann"] }],
        [{ ticketId: "classic.eu.2", players: ["bob"] }],
      ],
    },
  })),
];

describe("what a group is given", () => {
  const others = new Set(["classic.eu.m2"]);

  it("is every match, where nothing may be lost", () => {
    expect(ungrouped(final, others, entries, [])).toEqual([`the group was never given ${match}`]);
    expect(ungrouped(final, new Set([match]), entries, [])).toEqual([]);
  });

  it.each([
    ["in", { from: 15, until: 25 }, 0],
    ["soon after", { from: 10, until: 15, toldUntil: 20 }, 0],
    ["before", { from: 21, until: 25 }, 1],
    ["long after", { from: 10, until: 15, toldUntil: 19 }, 1],
  ] satisfies [string, LossWindow, number][])(
    "is a match announced %s a span in which the bus may lose it: as often as not",
    (_, window, missing) => {
      expect(ungrouped(final, others, entries, [window])).toHaveLength(missing);
    },
  );
});

describe("a run in which something may be lost", () => {
  const lossWindows = [{ from: 5, until: 15 }];
  const judged = (state: FinalState) => {
    const verdict = checkHistory(entries, state, { lossWindows });
    const servers = { flaws: new Set<string>(), grouped: new Set<string>() };
    return judge({ verdict, entries, final: state, struck: [], servers, dumpFlaws: [], lossWindows });
  };
  const shown = "the store lost what it had acknowledged, and callers saw nothing of it";

  it("counts when something was lost", () => {
    expect(judged({ tickets: [], matches: [] }).shortfalls).not.toContain(shown);
  });

  it("shows nothing when nothing was", () => {
    const { ok, shortfalls } = judged(final);
    expect(shortfalls).toContain(shown);
    expect(ok).toBe(false);
  });
});
