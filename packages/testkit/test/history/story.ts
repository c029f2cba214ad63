import type {
  FinalState,
  HistoryEntry,
  MatchNews,
  News,
  Operation,
  Replied,
} from "../../src/history/history.js";

type Ticket = FinalState["tickets"][number];
type Match = FinalState["matches"][number];

/** A history told step by step, a millisecond each, together with the final state that it leads to. */
export class Story {
  readonly entries: HistoryEntry[] = [];
  readonly tickets: Ticket[] = [];
  readonly matches: Match[] = [];
  #at = 0;
  #calls = 0;

  get final(): FinalState {
    return { tickets: this.tickets, matches: this.matches };
  }

  call(process: string, operation: Operation, reply?: Replied["reply"]): this {
    const call = `${process}-${++this.#calls}`;
    this.entries.push({ type: "called", at: ++this.#at, process, call, operation });
    const at = ++this.#at;
    this.entries.push(
      reply ? { type: "replied", at, process, call, reply } : { type: "unanswered", at, process, call },
    );
    return this;
  }

  /** Joins; without a ticket id the answer is lost. */
  join(
    process: string,
    players: readonly string[],
    ticketId?: string,
    more: { queue?: string; region?: string; requestId?: string; onDuplicate?: "replace" } = {},
  ): this {
    const [queue = "", region = ""] = ticketId?.split(".") ?? [];
    return this.call(
      process,
      { type: "join", queue, region, players, ...more },
      ticketId === undefined ? undefined : { type: "joined", ticketId },
    );
  }

  leave(process: string, ticketId: string, type?: "left" | "claimed" | "unknown"): this {
    return this.call(process, { type: "leave", ticketId }, type && { type });
  }

  answer(
    process: string,
    playerId: string,
    matchId: string,
    accepted: boolean,
    type: "recorded" | "already" = "recorded",
  ): this {
    return this.call(process, { type: "answer", matchId, playerId, accepted }, { type });
  }

  told(process: string, player: string | undefined, news: News): this {
    this.entries.push({
      type: "told",
      at: ++this.#at,
      process,
      news,
      ...(player !== undefined && { player }),
    });
    return this;
  }

  ended(process: string, player: string, ticketId: string, state: "left" | "expired"): this {
    return this.told(process, player, { type: "ended", ticketId, state });
  }

  ticket(ticketId: string, state: Ticket["state"], players: readonly string[], matchId?: string): this {
    this.tickets.push({ ticketId, state, players, matchId });
    return this;
  }

  match(matchId: string, teams: readonly (readonly string[])[], state: Match["state"] = "delivered"): this {
    this.matches.push({ matchId, state, teams });
    return this;
  }
}

export function matchNews(
  type: MatchNews["type"],
  matchId: string,
  ...tickets: readonly [ticketId: string, ...players: string[]][]
): MatchNews {
  const [queue = "", region = ""] = matchId.split(".");
  return {
    type,
    matchId,
    queue,
    region,
    teams: tickets.map(([ticketId, ...players]) => [{ ticketId, players }]),
  };
}

/** Everything that can rightly happen, on two processes. */
export function soundStory(): Story {
  const story = new Story();
  matchedPair(story);
  endsWithoutMatch(story);
  readyCheckThatFailsOnce(story);
  lostAnswers(story);
  partyAndDuplicate(story);
  return story;
}

function matchedPair(story: Story): void {
  const news = matchNews("match", "q.eu.m1", ["q.eu.1", "ann"], ["q.eu.2", "bob"]);
  story
    .join("a", ["ann"], "q.eu.1")
    .join("b", ["bob"], "q.eu.2")
    .told("a", "ann", news)
    .told("b", "bob", news);
  story.ticket("q.eu.1", "matched", ["ann"], "q.eu.m1").ticket("q.eu.2", "matched", ["bob"], "q.eu.m1");
  story.match("q.eu.m1", [["q.eu.1"], ["q.eu.2"]]);
}

function endsWithoutMatch(story: Story): void {
  story.join("a", ["cat"], "q.eu.3").leave("a", "q.eu.3", "left").ended("a", "cat", "q.eu.3", "left");
  story.join("b", ["dan"], "q.eu.4").ended("b", "dan", "q.eu.4", "expired").leave("b", "q.eu.4", "unknown");
  story.ticket("q.eu.3", "left", ["cat"]).ticket("q.eu.4", "expired", ["dan"]);
}

function readyCheckThatFailsOnce(story: Story): void {
  const first = matchNews("readyCheck", "r.eu.m2", ["r.eu.5", "eve"], ["r.eu.6", "fay"]);
  story
    .join("a", ["eve"], "r.eu.5")
    .join("b", ["fay"], "r.eu.6")
    .told("a", "eve", first)
    .told("b", "fay", first);
  story.answer("a", "eve", "r.eu.m2", true).answer("b", "fay", "r.eu.m2", false);
  story
    .told("a", "eve", { type: "released", ticketId: "r.eu.5", matchId: "r.eu.m2" })
    .ended("b", "fay", "r.eu.6", "left");
  const check = matchNews("readyCheck", "r.eu.m3", ["r.eu.5", "eve"], ["r.eu.7", "gus"]);
  story.join("b", ["gus"], "r.eu.7").told("a", "eve", check).told("b", "gus", check);
  story.answer("a", "eve", "r.eu.m3", true).answer("b", "gus", "r.eu.m3", true);
  const news = { ...check, type: "match" } as const;
  story.told("a", "eve", news).told("b", "gus", news);
  story.ticket("r.eu.5", "matched", ["eve"], "r.eu.m3").ticket("r.eu.6", "left", ["fay"], "r.eu.m2");
  story.ticket("r.eu.7", "matched", ["gus"], "r.eu.m3");
  story.match("r.eu.m2", [["r.eu.5"], ["r.eu.6"]], "released").match("r.eu.m3", [["r.eu.5"], ["r.eu.7"]]);
}

function lostAnswers(story: Story): void {
  story.join("a", ["hal"], undefined, { queue: "q", region: "eu", requestId: "h" });
  story
    .join("a", ["hal"], "q.eu.8", { requestId: "h" })
    .join("b", ["ivy"], "q.eu.9")
    .leave("a", "q.eu.8", "claimed");
  const news = matchNews("match", "q.eu.m4", ["q.eu.8", "hal"], ["q.eu.9", "ivy"]);
  // Process b does not say whom it told.
  story.told("a", "hal", news).told("b", undefined, news);
  story.ticket("q.eu.8", "matched", ["hal"], "q.eu.m4").ticket("q.eu.9", "matched", ["ivy"], "q.eu.m4");
  story.match("q.eu.m4", [["q.eu.8"], ["q.eu.9"]]);
  story.join("a", ["jon"], undefined, { queue: "q", region: "us" }).ticket("q.us.10", "left", ["jon"]);
}

function partyAndDuplicate(story: Story): void {
  story.join("a", ["kim"], "q.us.11");
  story.call(
    "b",
    { type: "join", queue: "q", region: "eu", players: ["kim"] },
    { type: "refused", code: "ALREADY_WAITING" },
  );
  story.join("b", ["lea", "mia"], "q.us.12");
  const news = matchNews("match", "q.us.m5", ["q.us.11", "kim"], ["q.us.12", "lea", "mia"]);
  story.told("a", "kim", news).told("b", "lea", news).told("b", "mia", news);
  story
    .ticket("q.us.11", "matched", ["kim"], "q.us.m5")
    .ticket("q.us.12", "matched", ["lea", "mia"], "q.us.m5");
  story.match("q.us.m5", [["q.us.11"], ["q.us.12"]], "settled");
}
