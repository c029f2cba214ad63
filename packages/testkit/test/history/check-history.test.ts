import { describe, expect, it } from "vitest";
import {
  checkHistory,
  describeViolations,
  HISTORY_RULES,
  type HistoryRule,
  type Verdict,
} from "../../src/history/check-history.js";
import type { FinalState, HistoryEntry } from "../../src/history/history.js";
import { matchNews, soundStory, Story } from "./story.js";

/** Changes a sound story in one way, so that one rule is broken and no other. */
type Mutation = (story: Story) => Pick<Story, "entries" | "final">;

const M1 = matchNews("match", "q.eu.m1", ["q.eu.1", "ann"], ["q.eu.2", "bob"]);

const MUTATIONS: Record<HistoryRule, Record<string, Mutation>> = {
  lost: {
    "the store forgets a ticket": (story) =>
      withTickets(story, (all) => all.filter(({ ticketId }) => ticketId !== "q.eu.3")),
    "a ticket waits for ever": (story) => withTicket(story, "q.us.10", { state: "waiting" }),
  },
  stuck: {
    "a ticket stays claimed": (story) =>
      withTicket(story, "q.us.10", { state: "claimed", matchId: "q.us.m0" }),
    "a match stays claimed": (story) => story.match("q.us.m0", [], "claimed"),
  },
  foreign: { "a ticket comes from nowhere": (story) => story.ticket("q.eu.99", "left", ["zed"]) },
  party: {
    "a member of the party is missing": (story) =>
      replaced(story, '"players":["lea","mia"]}}', '"players":["lea","mia","nat"]}}'),
  },
  repeated: {
    "a request id makes two tickets": (story) =>
      story
        .join("a", ["hal"], "q.eu.98", { requestId: "h" })
        .leave("a", "q.eu.98", "left")
        .ticket("q.eu.98", "left", ["hal"]),
    "a join without an answer makes two tickets": (story) => story.ticket("q.us.98", "left", ["jon"]),
  },
  refused: {
    "nobody is in the way": (story) => story.call("a", REJOIN("zoe"), ALREADY_WAITING),
    "who was in the way has left": (story) => story.call("a", REJOIN("cat"), ALREADY_WAITING),
  },
  twoLive: {
    "a player has two tickets at once": (story) =>
      story
        .join("a", ["pat"], "q.eu.20")
        .join("b", ["pat"], "q.us.21")
        .leave("a", "q.eu.20", "left")
        .leave("b", "q.us.21", "left")
        .ticket("q.eu.20", "left", ["pat"])
        .ticket("q.us.21", "left", ["pat"]),
    "a player meets himself": (story) => replaced(story, '"bob"', '"ann"'),
  },
  leftMatched: { "a ticket left and is matched": (story) => story.leave("a", "q.eu.1", "left") },
  leaveClaimed: {
    "nothing claimed the ticket": (story) =>
      replaced(story, '"reply":{"type":"left"}', '"reply":{"type":"claimed"}'),
  },
  leaveUnknown: { "a ticket that is matched was unknown": (story) => story.leave("a", "q.eu.1", "unknown") },
  unasked: {
    "nobody called leave": (story) =>
      without(story, (_, text) => isCall(story, text, '"leave","ticketId":"q.eu.3"')),
  },
  doubled: {
    "two matches hold the same tickets": (story) => {
      const again = { ...M1, matchId: "q.eu.m9" };
      return story
        .told("a", "ann", again)
        .told("b", "bob", again)
        .match("q.eu.m9", [["q.eu.1"], ["q.eu.2"]]);
    },
    "a ticket is kept twice": (story) => story.ticket("q.eu.1", "matched", ["ann"], "q.eu.m1"),
    "a match is kept twice": (story) =>
      withFinal(story, ({ tickets, matches }) => ({ tickets, matches: [...matches, matches[1]!] })),
  },
  torn: {
    "a matched ticket counts as expired": (story) => withTicket(story, "q.eu.1", { state: "expired" }),
    "a ticket names another match": (story) => withTicket(story, "q.eu.1", { matchId: "r.eu.m3" }),
  },
  mixed: {
    "two regions meet": (story) =>
      replaced(
        replaced(story, "q.eu.2", "q.us.2"),
        '"region":"eu","players":["bob"]',
        '"region":"us","players":["bob"]',
      ),
  },
  declined: {
    "a declined match happens": (story) => {
      const { entries, final } = without(story, (_, text) =>
        isCall(story, text, '"r.eu.m3","playerId":"gus"'),
      );
      const news = entries.findIndex(
        (entry) => entry.type === "told" && entry.player === "gus" && entry.news.type === "match",
      );
      const calls = new Story()
        .answer("b", "gus", "r.eu.m3", false)
        .answer("b", "gus", "r.eu.m3", true, "already").entries;
      const named = calls.map(
        (entry, index) => ({ ...entry, at: entries[news]!.at, call: `d${index >> 1}` }) as HistoryEntry,
      );
      return { entries: entries.toSpliced(news, 0, ...named), final };
    },
  },
  unaccepted: {
    "nobody asked a player": (story) =>
      without(story, (_, text) => isCall(story, text, '"r.eu.m3","playerId":"gus"')),
  },
  answeredTwice: { "two answers count": (story) => story.answer("a", "eve", "r.eu.m3", true) },
  released: {
    "a released match happens": (story) =>
      story.told("a", "ann", { type: "released", ticketId: "q.eu.1", matchId: "q.eu.m1" }),
  },
  outsider: {
    "somebody else is told": (story) => story.told("a", "cat", M1),
    "a process is told that joined nobody of it": (story) => story.told("c", undefined, M1),
    "somebody else is to accept": (story) =>
      story.told("b", "bob", matchNews("readyCheck", "r.eu.m2", ["r.eu.5", "eve"], ["r.eu.6", "fay"])),
  },
  phantom: {
    "a match is told that the store does not know": (story) =>
      story.told("a", "jon", matchNews("match", "q.us.m0", ["q.us.10", "jon"])),
    "a match is to be accepted that the store does not know": (story) =>
      story.told("a", "jon", matchNews("readyCheck", "q.us.m0", ["q.us.10", "jon"])),
  },
  teams: {
    "one player is told other teams": (story) =>
      story.told("a", "ann", matchNews("match", "q.eu.m1", ["q.eu.2", "bob"], ["q.eu.1", "ann"])),
    "the store keeps other teams": (story) =>
      withFinal(story, ({ tickets, matches: [first, ...rest] }) => ({
        tickets,
        matches: [{ ...first!, teams: first!.teams.toReversed() }, ...rest],
      })),
  },
  untold: {
    "a player is not told": (story) =>
      without(story, (entry) => entry.type === "told" && entry.player === "bob"),
  },
  end: { "a matched ticket is told as expired": (story) => story.ended("a", "ann", "q.eu.1", "expired") },
  early: {
    "a player is told before he joined": (story) => ({
      entries: [{ type: "told", at: 0, process: "a", player: "ann", news: M1 }, ...story.entries],
      final: story.final,
    }),
  },
  record: {
    "a call ends twice": (story) => ({ entries: [...story.entries, story.entries[1]!], final: story.final }),
    "a call ends that nobody made": (story) => ({
      entries: [...story.entries, { type: "unanswered", at: 900, process: "a", call: "x" }],
      final: story.final,
    }),
    "two calls have one name": (story) => {
      const again = new Story().leave("a", "q.eu.77", "unknown").entries;
      return {
        entries: [...story.entries, ...again.map((entry) => ({ ...entry, call: "a-1" }) as HistoryEntry)],
        final: story.final,
      };
    },
  },
  vacuous: {
    "nobody is matched": () =>
      new Story().join("a", ["cat"], "q.eu.3").leave("a", "q.eu.3", "left").ticket("q.eu.3", "left", ["cat"]),
  },
};

function REJOIN(player: string) {
  return { type: "join", queue: "q", region: "eu", players: [player] } as const;
}

const ALREADY_WAITING = { type: "refused", code: "ALREADY_WAITING" } as const;

describe("checkHistory", () => {
  it("passes what is sound, and counts it", () => {
    const { entries, final } = soundStory();
    const verdict = checkHistory(entries, final);
    expect(describeViolations(verdict)).toBe("");
    expect(verdict).toMatchObject({ ok: true, vacuous: false });
    expect(verdict.counts).toEqual({
      tickets: 12,
      matched: 8,
      left: 3,
      expired: 1,
      waiting: 0,
      lost: 0,
      doubled: 0,
      unanswered: 2,
      calls: 21,
      told: 17,
    });
  });

  describe.each(Object.entries(MUTATIONS))("%s", (rule, mutations) => {
    it.each(Object.entries(mutations))("finds that %s", (_, mutate) => {
      const { entries, final } = mutate(soundStory());
      const verdict = checkHistory(entries, final);
      expect(new Set(rulesOf(verdict)), describeViolations(verdict)).toEqual(new Set([rule]));
      expect(verdict.ok).toBe(false);
    });
  });

  it("has a mutation for each rule, and says each rule as a sentence", () => {
    expect(Object.keys(MUTATIONS).sort()).toEqual(Object.keys(HISTORY_RULES).sort());
    for (const { sentence } of Object.values(HISTORY_RULES)) expect(sentence).toMatch(/^[A-Z].*\.$/);
  });

  it("counts what is lost and doubled, by ticket", () => {
    const lost = withTickets(soundStory(), (all) =>
      all.filter(({ state }) => state !== "left" && state !== "expired"),
    );
    expect(checkHistory(lost.entries, lost.final).counts).toMatchObject({ lost: 3, tickets: 11 });
    const doubled = MUTATIONS.doubled["two matches hold the same tickets"]!(soundStory());
    expect(checkHistory(doubled.entries, doubled.final).counts).toMatchObject({ doubled: 2 });
  });

  it("lets tickets wait where the run was stopped", () => {
    const { entries, final } = withTicket(soundStory(), "q.us.10", { state: "waiting" });
    expect(checkHistory(entries, final, { mayWait: true })).toMatchObject({
      ok: true,
      counts: { waiting: 1 },
    });
  });

  it("demands no news of those who were killed or went away", () => {
    const { entries, final } = MUTATIONS.untold["a player is not told"]!(soundStory());
    expect(checkHistory(entries, final, { killed: ["b"] }).ok).toBe(true);
    expect(checkHistory(entries, final, { killed: ["a"] }).ok).toBe(false);
    expect(checkHistory(entries, final, { absent: ["bob"] }).ok).toBe(true);
  });

  it("takes a call without an end for one whose process died", () => {
    const { entries, final } = without(soundStory(), ({ type }) => type === "unanswered");
    expect(checkHistory(entries, final)).toMatchObject({ ok: true, counts: { unanswered: 2 } });
  });

  it("takes a ticket that was returned for one of a join that was never answered, if there was one", () => {
    const returned = (story: Story): Verdict => {
      const { entries, final } = story
        .call(
          "b",
          { type: "join", queue: "q", region: "eu", players: ["tia"], onDuplicate: "return" },
          { type: "joined", ticketId: "q.eu.25" },
        )
        .leave("b", "q.eu.25", "left")
        .ticket("q.eu.25", "left", ["tia", "uri"]);
      return checkHistory(entries, final);
    };
    const asked = soundStory().join("a", ["tia", "uri"], undefined, { queue: "q", region: "eu" });
    expect(describeViolations(returned(asked))).toBe("");
    expect(rulesOf(returned(soundStory()))).toEqual(["party"]);
    const other = soundStory().join("a", ["tia", "zoe"], undefined, { queue: "q", region: "eu" });
    expect(rulesOf(returned(other))).toEqual(["party"]);
  });

  it("dates no ticket by another join of its player", () => {
    const story = soundStory();
    story.join("a", ["ann"], undefined, { queue: "q", region: "eu" }).ticket("q.eu.20", "left", ["ann"]);
    story.leave("a", "q.eu.20");
    expect(describeViolations(checkHistory(story.entries, story.final))).toBe("");
  });

  it("takes no ticket for live that a later one replaced, though its leave is answered alike", () => {
    const story = soundStory()
      .join("a", ["pat"], "q.eu.20")
      .join("b", ["pat"], "q.eu.21", { onDuplicate: "replace" })
      .leave("a", "q.eu.20", "left")
      .leave("b", "q.eu.21", "left")
      .ticket("q.eu.20", "left", ["pat"])
      .ticket("q.eu.21", "left", ["pat"]);
    expect(describeViolations(checkHistory(story.entries, story.final))).toBe("");
  });

  it("takes a ticket for made by the first try of its join, answered or not", () => {
    const news = matchNews("match", "q.eu.m6", ["q.eu.22", "quy"], ["q.eu.23", "ron"]);
    const story = soundStory()
      .join("a", ["quy"], "q.eu.22")
      .join("b", ["ron"], undefined, { queue: "q", region: "eu", requestId: "r" })
      .told("a", "quy", news)
      .join("a", ["quy"], "q.eu.24")
      .join("b", ["ron"], "q.eu.23", { requestId: "r" })
      .told("b", "ron", news)
      .leave("a", "q.eu.24", "left")
      .ticket("q.eu.22", "matched", ["quy"], "q.eu.m6")
      .ticket("q.eu.23", "matched", ["ron"], "q.eu.m6")
      .ticket("q.eu.24", "left", ["quy"])
      .match("q.eu.m6", [["q.eu.22"], ["q.eu.23"]]);
    expect(describeViolations(checkHistory(story.entries, story.final))).toBe("");
  });

  it("tells people the rule, the cases and their entries", () => {
    const { entries, final } = MUTATIONS.leftMatched["a ticket left and is matched"]!(soundStory());
    const text = describeViolations(checkHistory(entries, final));
    expect(text).toContain(HISTORY_RULES.leftMatched.sentence);
    expect(text).toContain("q.eu.1 left, and is matched");
    expect(text).toContain('"reply":{"type":"left"}');
  });
});

function rulesOf({ violations }: Verdict): HistoryRule[] {
  return violations.map(({ rule }) => rule);
}

type Told = Pick<Story, "entries" | "final">;

function withFinal({ entries, final }: Told, change: (final: FinalState) => FinalState): Told {
  return { entries, final: change(final) };
}

function withTickets(story: Told, change: (tickets: FinalState["tickets"]) => FinalState["tickets"]): Told {
  return withFinal(story, ({ tickets, matches }) => ({ tickets: change(tickets), matches }));
}

function withTicket(story: Told, id: string, change: Partial<FinalState["tickets"][number]>): Told {
  return withTickets(story, (all) =>
    all.map((ticket) => (ticket.ticketId === id ? { ...ticket, ...change } : ticket)),
  );
}

function without({ entries, final }: Told, drops: (entry: HistoryEntry, text: string) => boolean): Told {
  return { entries: entries.filter((entry) => !drops(entry, JSON.stringify(entry))), final };
}

/** True for a call whose text holds this, and for its reply. */
function isCall({ entries }: Told, text: string, part: string): boolean {
  const calls = entries.flatMap((entry) =>
    entry.type === "called" && JSON.stringify(entry).includes(part) ? [`"call":"${entry.call}"`] : [],
  );
  return calls.some((call) => text.includes(call));
}

function replaced({ entries, final }: Told, from: string, to: string): Told {
  return JSON.parse(JSON.stringify({ entries, final }).replaceAll(from, to)) as Told;
}
