import type { Waiting } from "../seats.js";

/**
 * The last seat of a player, at whichever process. The row stays when the ticket has ended: whether it lives is the
 * ticket store's to say, and what became of it can be looked up until the next one.
 */
export interface SeatRow extends Waiting {
  /** Makes one ticket of this seat, however often and by whomever it is asked for. */
  readonly requestId: string;
  /** Null until the join is answered. */
  readonly ticketId: string | null;
}

/** Where players sit, or sat last, as all processes see it. A row is forgotten when nobody has sat down for a day. */
export interface SeatRows {
  /** The rows of those players who have one. */
  of(playerIds: readonly string[]): Promise<Map<string, SeatRow>>;
  /**
   * Takes a seat for all of these players, in place of the ones they had, which are named by their requests. False, and
   * nothing is taken, when one of them has sat down elsewhere since.
   */
  take(row: SeatRow, before: readonly string[]): Promise<boolean>;
  /** The join of a seat is answered with this ticket. */
  ticketed(row: SeatRow, ticketId: string): Promise<void>;
  /** The join of a seat was refused: nobody sits there. */
  drop(row: SeatRow): Promise<void>;
  /** Which of these players have sat down lately. */
  changed(playerIds: readonly string[], withinMs: number): Promise<string[]>;
  /** Forgets what is a day old, where it is not forgotten by itself. */
  tidy(): Promise<void>;
}
