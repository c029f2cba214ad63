import { describe, expect, it } from "vitest";
import {
  checkHistory,
  describeViolations,
  type HistoryRule,
  type Verdict,
} from "../../src/history/check-history.js";
import type { Losses, LossWindow } from "../../src/history/loss-window.js";
import { matchNews, soundStory, type Story } from "./story.js";

/** Something that a store goes back on, told after the sound story. */
interface Loss {
  readonly tell: (story: Story) => Story;
  /** What it is where nothing may be lost. */
  readonly breaks: readonly HistoryRule[];
  readonly losses: Partial<Losses>;
}

const NONE: Losses = { joins: 0, leaves: 0, matches: 0, doubled: 0 };

const M7 = matchNews("match", "q.eu.m7", ["q.eu.30", "una"], ["q.eu.31", "vic"]);
const M8 = matchNews("match", "q.eu.m8", ["q.eu.30", "una"], ["q.eu.31", "vic"]);
const READY = matchNews("readyCheck", "r.eu.m9", ["r.eu.32", "wes"], ["r.eu.33", "xia"]);

const LOSSES: Record<string, Loss> = {
  "a join": {
    tell: (story) => story.join("a", ["una"], "q.eu.30"),
    breaks: ["lost"],
    losses: { joins: 1 },
  },
  "a join that made a ticket anew": {
    tell: (story) =>
      story
        .join("a", ["una"], "q.eu.29", { requestId: "u" })
        .join("a", ["una"], "q.eu.30", { requestId: "u" })
        .leave("a", "q.eu.30", "left")
        .ticket("q.eu.30", "left", ["una"]),
    breaks: ["lost", "repeated"],
    losses: { joins: 1 },
  },
  "what was in the way of a join": {
    tell: (story) =>
      story.call(
        "a",
        { type: "join", queue: "q", region: "eu", players: ["una"] },
        { type: "refused", code: "ALREADY_WAITING" },
      ),
    breaks: ["refused"],
    losses: {},
  },
  "a leave": {
    tell: (story) =>
      pair(story).leave("a", "q.eu.30", "left").ended("a", "una", "q.eu.30", "left").told("b", "vic", M8),
    breaks: ["end", "leftMatched", "untold"],
    losses: { leaves: 1 },
  },
  "a leave of a ticket that expires then": {
    tell: (story) =>
      story.join("a", ["una"], "q.eu.30").leave("a", "q.eu.30", "left").ticket("q.eu.30", "expired", ["una"]),
    breaks: ["leftMatched"],
    losses: { leaves: 1 },
  },
  "the claim that a leave came too late for": {
    tell: (story) =>
      story
        .join("a", ["una"], "q.eu.30")
        .leave("a", "q.eu.30", "claimed")
        .ticket("q.eu.30", "expired", ["una"]),
    breaks: ["leaveClaimed"],
    losses: {},
  },
  "an end that a leave came too late for": {
    tell: (story) => pair(story).leave("a", "q.eu.30", "unknown").told("b", "vic", M8),
    breaks: ["leaveUnknown", "untold"],
    losses: {},
  },
  "a match, with its tickets matched again": {
    tell: (story) => pair(story).told("a", "una", M7).told("b", "vic", M7),
    breaks: ["doubled", "phantom", "untold"],
    losses: { matches: 1, doubled: 2 },
  },
  "a match, with its tickets": {
    tell: (story) =>
      story
        .join("a", ["una"], "q.eu.30")
        .join("b", ["vic"], "q.eu.31")
        .told("a", "una", M7)
        .told("b", "vic", M7),
    breaks: ["lost", "phantom"],
    losses: { joins: 2, matches: 1 },
  },
  "two matches of one ticket": {
    tell: (story) =>
      story
        .join("a", ["una"], "q.eu.30")
        .join("b", ["vic"], "q.eu.31")
        .told("a", "una", M7)
        .told("b", "vic", M8)
        .ticket("q.eu.30", "expired", ["una"])
        .ticket("q.eu.31", "expired", ["vic"]),
    breaks: ["doubled", "phantom"],
    losses: { matches: 2, doubled: 2 },
  },
  "a ready check": {
    tell: (story) =>
      readyPair(story)
        .told("a", "wes", READY)
        .told("b", "xia", READY)
        .ended("a", "wes", "r.eu.32", "expired")
        .ended("b", "xia", "r.eu.33", "expired")
        .ticket("r.eu.32", "expired", ["wes"])
        .ticket("r.eu.33", "expired", ["xia"]),
    breaks: ["phantom"],
    losses: {},
  },
  "a release, and what was declined": {
    tell: (story) => {
      const news = { ...READY, type: "match" } as const;
      readyPair(story).told("a", "wes", READY).told("b", "xia", READY);
      story.answer("a", "wes", "r.eu.m9", true).answer("b", "xia", "r.eu.m9", false);
      story.told("a", "wes", { type: "released", ticketId: "r.eu.32", matchId: "r.eu.m9" });
      story.answer("b", "xia", "r.eu.m9", true).told("a", "wes", news).told("b", "xia", news);
      story.ticket("r.eu.32", "matched", ["wes"], "r.eu.m9").ticket("r.eu.33", "matched", ["xia"], "r.eu.m9");
      return story.match("r.eu.m9", [["r.eu.32"], ["r.eu.33"]]);
    },
    breaks: ["answeredTwice", "declined", "released"],
    losses: {},
  },
};

/** Two tickets that end in a match. */
function pair(story: Story): Story {
  return story
    .join("a", ["una"], "q.eu.30")
    .join("b", ["vic"], "q.eu.31")
    .ticket("q.eu.30", "matched", ["una"], "q.eu.m8")
    .ticket("q.eu.31", "matched", ["vic"], "q.eu.m8")
    .match("q.eu.m8", [["q.eu.30"], ["q.eu.31"]]);
}

function readyPair(story: Story): Story {
  return story.join("a", ["wes"], "r.eu.32").join("b", ["xia"], "r.eu.33");
}

/** When the sound story is over, and the loss begins. */
const begin = soundStory().entries.at(-1)!.at + 1;

const judge = ({ entries, final }: Story, ...lossWindows: readonly LossWindow[]): Verdict =>
  checkHistory(entries, final, { lossWindows });

const rulesOf = ({ violations }: Verdict): HistoryRule[] =>
  [...new Set(violations.map(({ rule }) => rule))].sort();

describe("a window in which a store may lose what it acknowledged", () => {
  describe.each(Object.entries(LOSSES))("of %s", (_, { tell, breaks, losses }) => {
    it("allows what was acknowledged in it, and counts it", () => {
      const verdict = judge(tell(soundStory()), { from: begin, until: begin + 100 });
      expect(describeViolations(verdict)).toBe("");
      expect(verdict.losses).toEqual({ ...NONE, ...losses });
      expect(verdict.counts).toMatchObject({ lost: 0, doubled: 0 });
    });

    it("allows nothing that was acknowledged before it", () => {
      const story = tell(soundStory());
      const after = story.entries.at(-1)!.at + 1;
      const verdict = judge(story, { from: after, until: after + 100 });
      expect(rulesOf(verdict)).toEqual(breaks);
      expect(verdict.losses).toEqual(NONE);
    });

    it("allows nothing that was asked for after it", () => {
      const verdict = judge(tell(soundStory()), { from: 0, until: begin - 1, toldUntil: begin + 100 });
      expect(rulesOf(verdict)).toEqual(breaks);
    });

    it("is asked for: without one nothing may be lost", () => {
      const verdict = judge(tell(soundStory()));
      expect(rulesOf(verdict)).toEqual(breaks);
      expect(verdict.losses).toEqual(NONE);
    });
  });

  it("allows late news of what was asked for in it, for as long as it says", () => {
    const story = soundStory().join("a", ["una"], "q.eu.30").join("b", ["vic"], "q.eu.31");
    const until = story.entries.at(-1)!.at;
    story.told("a", "una", M7).told("b", "vic", M7);
    story.ticket("q.eu.30", "expired", ["una"]).ticket("q.eu.31", "expired", ["vic"]);
    expect(judge(story, { from: begin, until, toldUntil: until + 2 }).ok).toBe(true);
    expect(rulesOf(judge(story, { from: begin, until, toldUntil: until + 1 }))).toEqual(["phantom"]);
    expect(rulesOf(judge(story, { from: begin, until }))).toEqual(["phantom"]);
  });

  it("allows late news of what was asked for in it and answered at a later try", () => {
    const story = soundStory()
      .join("a", ["una"], undefined, { queue: "q", region: "eu", requestId: "r-una" })
      .join("b", ["vic"], "q.eu.31");
    const until = story.entries.at(-1)!.at;
    story.told("a", "una", M7).told("b", "vic", M7);
    story.join("a", ["una"], "q.eu.30", { requestId: "r-una" });
    story.ticket("q.eu.30", "expired", ["una"]).ticket("q.eu.31", "expired", ["vic"]);
    const toldUntil = until + 2;
    expect(describeViolations(judge(story, { from: begin, until, toldUntil, newsOnly: true }))).toBe("");
    expect(rulesOf(judge(story, { from: begin, until: begin - 1, toldUntil }))).toEqual(["phantom"]);
  });

  it("may be of news alone, while answers are kept", () => {
    const window = { from: begin, until: begin + 100, newsOnly: true };
    for (const loss of [
      "a join",
      "a leave of a ticket that expires then",
      "the claim that a leave came too late for",
    ])
      expect(rulesOf(judge(LOSSES[loss]!.tell(soundStory()), window))).toEqual(LOSSES[loss]!.breaks);
    for (const loss of [
      "a match, with its tickets matched again",
      "two matches of one ticket",
      "a ready check",
    ]) {
      const { tell, losses } = LOSSES[loss]!;
      const verdict = judge(tell(soundStory()), window);
      expect(describeViolations(verdict)).toBe("");
      expect(verdict.losses).toEqual({ ...NONE, ...losses });
    }
  });

  it("may be open at its beginning, for a store that keeps nothing", () => {
    const news = matchNews("match", "q.eu.m7", ["q.eu.30", "una"], ["q.eu.31", "vic"]);
    const again = soundStory();
    pair(again)
      .told("a", "una", { ...news, matchId: "q.eu.m8" })
      .told("b", "vic", { ...news, matchId: "q.eu.m8" });
    const kept = { tickets: again.tickets.slice(-2), matches: again.matches.slice(-1) };
    const verdict = checkHistory(again.entries, kept, {
      lossWindows: [{ from: -Infinity, until: begin - 1 }],
    });
    expect(describeViolations(verdict)).toBe("");
    expect(verdict.losses).toMatchObject({ joins: 11, matches: 4 });
    const nothing = { tickets: [], matches: [] };
    const all = [{ from: -Infinity, until: Infinity }];
    expect(rulesOf(checkHistory(soundStory().entries, nothing, { lossWindows: all }))).toEqual(["vacuous"]);
  });

  it("excuses nothing that the final state says of itself", () => {
    const window = { from: -Infinity, until: Infinity };
    const waiting = soundStory().join("a", ["una"], "q.eu.30").ticket("q.eu.30", "waiting", ["una"]);
    expect(rulesOf(judge(waiting, window))).toEqual(["lost"]);
    const torn = soundStory().join("a", ["una"], "q.eu.30").ticket("q.eu.30", "matched", ["una"], "q.eu.m1");
    expect(rulesOf(judge(torn, window))).toEqual(["torn"]);
    const twice = soundStory().match("q.eu.m6", [["q.eu.1"], ["q.eu.2"]]);
    expect(rulesOf(judge(twice, window))).toEqual(["doubled", "untold"]);
    const foreign = soundStory().ticket("q.eu.30", "left", ["una"]);
    expect(rulesOf(judge(foreign, window))).toEqual(["foreign"]);
    const stuck = soundStory().join("a", ["una"], "q.eu.30").ticket("q.eu.30", "claimed", ["una"], "q.eu.m6");
    expect(rulesOf(judge(stuck, window))).toEqual(["stuck"]);
  });
});
