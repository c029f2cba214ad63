import type { Millis } from "../clock.js";
import type { CallOptions } from "../ticket/store.js";
import type { Match } from "./match.js";

/** How a match ended, as the application reports it: plain data that JSON can hold. */
export type Result = Readonly<Record<string, unknown>>;

/** A match as history keeps it. */
export interface SavedMatch {
  readonly match: Match;
  readonly result?: Result | undefined;
}

/** Which matches to list, newest first. */
export interface MatchFilter {
  readonly playerId?: string | undefined;
  readonly queue?: string | undefined;
  /** Created at this instant or later. */
  readonly from?: Millis | undefined;
  /** Created before this instant. */
  readonly until?: Millis | undefined;
  /** At most so many, 1 to 1,000; 50 by default. */
  readonly limit?: number | undefined;
  /** The `next` of the page before. */
  readonly after?: string | undefined;
}

/** One page, by keyset: matches saved meanwhile neither shift nor repeat what later pages hold. */
export interface MatchPage {
  readonly matches: readonly SavedMatch[];
  /** Where the next page starts; `undefined` on the last. */
  readonly next?: string | undefined;
}

/** What `report` answers: a result is kept once, whoever sends it first. */
export type ReportOutcome = "reported" | "already" | "unknown";

/** The record of settled matches. */
export interface MatchStore {
  /** Idempotent by match id: a match that is there already is left as it is. */
  save(matches: readonly Match[], options: CallOptions): Promise<void>;
  /** A match by id; `undefined` when it was never saved, or is no longer kept. */
  get(matchId: string, options: CallOptions): Promise<SavedMatch | undefined>;
  /** One page of matches, newest first. Rejects with `INVALID_REQUEST` for a limit or cursor that cannot be. */
  list(filter: MatchFilter, options: CallOptions): Promise<MatchPage>;
  /** Keeps the first result that is reported for a match. */
  report(matchId: string, result: Result, options: CallOptions): Promise<ReportOutcome>;
}
