import type { Millis } from "@evenmatch/core";

/**
 * What callers saw, one entry each, in the order in which a process saw it. This is the evidence that the history
 * checker judges: calls, their replies or that none came, and what callers were told. The library's own events are
 * no evidence. Plain data: one entry is one line of JSON in a log.
 */
export type HistoryEntry = Called | Replied | Unanswered | Told;

/** A caller asks for something. */
export interface Called {
  readonly type: "called";
  readonly at: Millis;
  readonly process: string;
  /** Names the call within the whole history. */
  readonly call: string;
  readonly operation: Operation;
}

/** What a caller asks for. */
export type Operation =
  | {
      readonly type: "join";
      readonly queue: string;
      readonly region: string;
      readonly players: readonly string[];
      readonly requestId?: string | undefined;
      /** What was to become of a live ticket of the player; refused when left out. */
      readonly onDuplicate?: "reject" | "return" | "replace" | undefined;
    }
  | { readonly type: "leave"; readonly ticketId: string }
  | {
      readonly type: "answer";
      readonly matchId: string;
      readonly playerId: string;
      readonly accepted: boolean;
    };

/** The caller got an answer. `refused` carries the code of an error that says the call changed nothing. */
export interface Replied {
  readonly type: "replied";
  readonly at: Millis;
  readonly process: string;
  readonly call: string;
  readonly reply:
    | { readonly type: "joined"; readonly ticketId: string }
    | { readonly type: "left" | "claimed" | "unknown" | "recorded" | "already" | "closed" }
    | { readonly type: "refused"; readonly code: string };
}

/**
 * The caller knows nothing: the call may or may not have taken effect. A client whose connection is lost, and for
 * which the server will leave after a while, records that as a leave that went unanswered.
 */
export interface Unanswered {
  readonly type: "unanswered";
  readonly at: Millis;
  readonly process: string;
  readonly call: string;
}

/** The caller was told something unasked. */
export interface Told {
  readonly type: "told";
  readonly at: Millis;
  readonly process: string;
  /** Who was told, where players are told one by one; left out, it is everyone who joined from this process. */
  readonly player?: string | undefined;
  readonly news: News;
}

/** What a caller is told unasked. */
export type News = MatchNews | EndedNews | ReleasedNews;

/** The match happens (`match`), or is to be accepted first (`readyCheck`). */
export interface MatchNews {
  readonly type: "match" | "readyCheck";
  readonly matchId: string;
  readonly queue: string;
  readonly region: string;
  readonly teams: readonly (readonly { readonly ticketId: string; readonly players: readonly string[] }[])[];
}

/** The ticket ended without a match. */
export interface EndedNews {
  readonly type: "ended";
  readonly ticketId: string;
  readonly state: "left" | "expired";
}

/** The ticket is back to waiting. */
export interface ReleasedNews {
  readonly type: "released";
  readonly ticketId: string;
  readonly matchId: string;
}

/** What the store holds when all is over, read with the store's own tools; released matches are part of it. */
export interface FinalState {
  readonly tickets: readonly {
    readonly ticketId: string;
    readonly state: "waiting" | "claimed" | "matched" | "left" | "expired";
    readonly players: readonly string[];
    readonly matchId?: string | undefined;
  }[];
  readonly matches: readonly {
    readonly matchId: string;
    readonly state: "claimed" | "settled" | "delivered" | "released";
    readonly teams: readonly (readonly string[])[];
  }[];
}
