import { describe, expect, it } from "vitest";
import {
  clock,
  estimateText,
  givesWayText,
  matchLine,
  qualityText,
  reasonText,
  regionText,
  span,
  waitingText,
} from "../page/words.js";
import type { ExplanationView, MatchView, SlotView } from "../src/protocol.js";
import { modes, queueNames, regions, type QueueName } from "../src/queues.js";

const nobody: ExplanationView = { ticketId: "t", nearest: [], group: 1, blockedBy: [], givesWayInMs: null };

function reason(name: QueueName, said: Partial<ExplanationView>): string {
  return reasonText({ ...nobody, ...said }, { name, ...modes[name] });
}

describe("a reason", () => {
  const gap = (rule: string) => [{ rule, limit: 100, value: 180 }];
  const reasons: readonly (readonly [QueueName, Partial<ExplanationView>, string])[] = [
    ["classic", { blockedBy: [{ rule: "players", limit: 2, value: 1 }] }, "Nobody else is here yet."],
    ["duo", { blockedBy: [{ rule: "players", limit: 4, value: 2 }] }, "2 of 4 players are here."],
    [
      "tournament",
      { blockedBy: [{ rule: "players", limit: 32, value: 5 }] },
      "5 of 8 players are here for a bracket.",
    ],
    [
      "tournament",
      { group: 8, blockedBy: [{ rule: "fillMs", limit: 60_000, value: 20_000 }], givesWayInMs: 40_000 },
      "A bracket of 8 is full, and collects more until it starts.",
    ],
    [
      "tournament",
      { group: 8, blockedBy: [{ rule: "fillMs", limit: 60_000, value: 20_000 }] },
      "Those who came before you fill a bracket of 8; with 16 players you are in it, too.",
    ],
    [
      "classic",
      { blockedBy: gap("maxRatingGap") },
      "The nearest player is 180 points away, and 100 points are allowed: somebody closer has to come.",
    ],
    [
      "blitz",
      { blockedBy: gap("ratingGap"), givesWayInMs: 10_000 },
      "The nearest player is 180 points away. Your range is 100 points now, and widens while you wait.",
    ],
    [
      "duo",
      { blockedBy: [{ rule: "maxRatingSpread", limit: 200, value: 320.4 }] },
      "The closest players are 320 points apart, and 200 points are allowed: somebody closer has to come.",
    ],
    [
      "classic",
      { blockedBy: [{ rule: "recentOpponents", limit: 1, value: 1 }] },
      "You have just played whoever would fit.",
    ],
    [
      "classic",
      { blockedBy: [{ rule: "blockList:blocked", limit: 0, value: 1 }] },
      "Whoever would fit is blocked, by you or by them.",
    ],
    [
      "classic",
      { nearest: [1], blockedBy: [{ rule: "same:platform", limit: 1, value: 2 }] },
      "A rule of this mode keeps you apart (same:platform). The nearest player is 1 point away.",
    ],
    ["classic", { blockedBy: [] }, "Your match is being made…"],
  ];

  it.each(reasons)("in %s: %j", (name, said, text) => {
    expect(reason(name, said)).toBe(text);
  });

  it("that is not known yet is a search, and two are two sentences", () => {
    expect(reasonText(null, { name: "solo", players: 2 })).toBe("Looking for players…");
    const both = [
      { rule: "maxRatingGap", limit: 50, value: 60 },
      { rule: "recentOpponents", limit: 1, value: 1 },
    ];
    expect(reason("solo", { blockedBy: both }).match(/\.( |$)/g)).toHaveLength(2);
  });
});

describe("a wait", () => {
  it("is said as one says it", () => {
    expect([1, 999, 1_001, 59_000, 60_000, 61_000, 3_600_000].map(span)).toEqual([
      "1 s",
      "1 s",
      "2 s",
      "59 s",
      "1 min",
      "1 min 1 s",
      "60 min",
    ]);
    expect([-5, 0, 61_999].map(clock)).toEqual(["0:00", "0:00", "1:01"]);
  });

  it("is expected by experience, as far as there is any", () => {
    const seen = { p50Ms: 4_000, p90Ms: 12_000, observed: 200, basis: "observed", held: 0.9 } as const;
    expect(estimateText(null)).toBe("Expected wait: no experience yet");
    expect(estimateText({ ...seen, p50Ms: null, p90Ms: null, observed: 0, basis: "fallback" })).toBe(
      "Expected wait: no experience yet",
    );
    expect(estimateText(seen)).toBe("Expected wait: about 4 s, rarely more than 12 s");
    expect(estimateText({ ...seen, p90Ms: 4_000 })).toBe("Expected wait: about 4 s");
    expect(estimateText({ ...seen, basis: "fallback" })).toContain("(little experience yet)");
  });

  it("ends at an instant, if nobody comes", () => {
    expect(givesWayText(12_000, "blitz")).toBe("If nobody comes, you play in 12 s.");
    expect(givesWayText(40_000, "tournament")).toBe("It starts in 40 s with the largest size that is full.");
    expect(givesWayText(-3, "blitz")).toBe("If nobody comes, you play any moment.");
  });

  it("is shared by so many", () => {
    expect([0, 1, 2].map((count) => waitingText(count, false))).toEqual([
      "Nobody waits here",
      "1 waits here",
      "2 wait here",
    ]);
    expect(waitingText(3, true)).toBe("3 wait here, you included");
  });
});

it("says who played whom", () => {
  const side = (...names: string[]) => [
    { ticketId: names[0]!, players: names.map((name) => ({ id: name, name, rating: 1500 })) },
  ];
  const match: MatchView = {
    matchId: "m",
    queue: "duo",
    region: "eu",
    quality: 0.95,
    teams: [side("Ann", "Bob"), side("Cid", "Dee")],
  };
  expect(matchLine(match, "Bob")).toBe("with Ann against Cid (1500) and Dee (1500)");
  expect(matchLine({ ...match, teams: [side("Ann"), side("Bob")] }, "Ann")).toBe("against Bob (1500)");
  expect(matchLine({ ...match, teams: [side("Ann"), side("Bob"), side("Cid")] }, "Ann")).toBe("3 players");
  expect([0.95, 0.7, 0.5, 0.1].map((quality) => qualityText({ ...match, quality }, "Ann"))).toEqual([
    "Quality 95 %: very even",
    "Quality 70 %: even",
    "Quality 50 %: fair",
    "Quality 10 %: uneven",
  ]);
});

it("says where one begins in a bracket", () => {
  const names = ["Ann", "Bob", "Cid"];
  const [ann, bob, cid] = names.map((name, index) => ({
    seed: index + 1,
    player: { id: name, name, rating: 1600 - index },
  })) as [SlotView, SlotView, SlotView];
  const match: MatchView = {
    matchId: "m",
    queue: "tournament",
    region: "eu",
    quality: 0.75,
    teams: names.map(() => []),
    bracket: {
      rounds: [
        [
          [ann, { bye: true }],
          [bob, cid],
        ],
      ],
    },
  };
  expect(qualityText(match, "Cid")).toBe(
    "3 players, seeded by rating. You are seed 3, and meet Bob (1599) first.",
  );
  expect(qualityText(match, "Ann")).toContain("You are seed 1, and have a bye.");
});

it("has a name for every region, and a rule for every mode", () => {
  for (const region of regions) expect(regionText(region)).toMatch(/^[A-Z][a-z]/);
  expect(Object.keys(modes)).toEqual([...queueNames]);
});
