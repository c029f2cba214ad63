import type { Millis } from "../clock.js";

/** A rule that stands between tickets and a match, as an explanation states it. */
export interface Blocking {
  /** The name of an option of the strategy or of a limit, or `players` where there are too few. */
  readonly rule: string;
  /** What the rule asks for. */
  readonly limit: number;
  /** What the tickets have. */
  readonly value: number;
}

/**
 * Why a ticket is not matched yet. If it gives way at an instant and nobody comes, the group forms then and not
 * earlier; lifting what blocks it, and nothing else, forms it now.
 */
export interface Explanation {
  readonly ticketId: string;
  /** The nearest candidates, nearest first, at most five. */
  readonly nearest: readonly { readonly ticketId: string; readonly ratingGap: number }[];
  /** The tickets that come nearest to being a match with this one; it is among them. */
  readonly group: readonly string[];
  /** The rules that stand between this group and a match now. */
  readonly blockedBy: readonly Blocking[];
  /** When the ticket is in a match if nobody comes or leaves; `Infinity` if never. */
  readonly givesWayAt: Millis;
}
