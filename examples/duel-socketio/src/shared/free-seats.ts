import { ticketsOf, type Matchmaker } from "@evenmatch/core";
import type { DuelQueues } from "../queues.js";
import type { SeatRow } from "./seat-rows.js";

/**
 * Players of whom this process knows that they sit nowhere: they have no row, or the ticket of their row has ended,
 * which it has for good. They need not be looked up before they sit down: their row is replaced if it is still the
 * same, and if it is not, somebody has taken another seat since.
 */
export class FreeSeats {
  /** The request of a player's last row; null where there is none. */
  readonly #lastOf = new Map<string, string | null>();
  /** The rows whose tickets end here, by ticket. */
  readonly #rows = new Map<string, SeatRow>();

  constructor(matchmaker: Matchmaker<DuelQueues>) {
    matchmaker.on("match", (match) => ticketsOf(match).forEach(({ id }) => this.#ended(id)));
    matchmaker.on("ended", ({ ticket }) => this.#ended(ticket.id));
  }

  /** The requests of the rows to replace when these players sit down; nothing where one of them is to be looked up. */
  take(playerIds: readonly string[]): string[] | undefined {
    const last = playerIds.map((id) => this.#lastOf.get(id));
    for (const id of playerIds) this.#lastOf.delete(id);
    return last.includes(undefined) ? undefined : last.filter((request) => typeof request === "string");
  }

  /** A player was looked up, and sits nowhere. */
  found(playerId: string, row: SeatRow | undefined): void {
    this.#lastOf.set(playerId, row?.requestId ?? null);
  }

  /** The end of this ticket will be heard here. */
  watch(ticketId: string, row: SeatRow): void {
    this.#rows.set(ticketId, row);
  }

  /** Forgets players who are elsewhere. */
  tidy(isHere: (playerId: string) => boolean): void {
    for (const id of this.#lastOf.keys()) if (!isHere(id)) this.#lastOf.delete(id);
    for (const [ticketId, { players }] of this.#rows)
      if (!players.some(({ id }) => isHere(id))) this.#rows.delete(ticketId);
  }

  #ended(ticketId: string): void {
    const row = this.#rows.get(ticketId);
    if (!row) return;
    this.#rows.delete(ticketId);
    for (const { id } of row.players) this.found(id, row);
  }
}
