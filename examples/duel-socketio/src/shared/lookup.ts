import type { Match, MatchStatus, Ticket, TicketState, TicketStore } from "@evenmatch/core";
import type { SeatRow } from "./seat-rows.js";

/** How the ticket of a seat stands, as the ticket store says it. */
export interface Standing {
  readonly ticket: Ticket;
  readonly state: TicketState;
  /** The match that claimed it or that it ended in, where that was asked for. */
  readonly match?: Match | undefined;
  readonly answers?: MatchStatus["answers"] | undefined;
}

/** Looks the tickets of these rows up, and the matches of those in a state; by the rows' request ids. */
export async function lookUp(
  tickets: TicketStore,
  rows: readonly SeatRow[],
  withMatch: "claimed" | "matched",
): Promise<Map<string, Standing>> {
  const requests = new Map(
    rows.flatMap(({ requestId, ticketId }) => (ticketId === null ? [] : [[ticketId, requestId]])),
  );
  if (requests.size === 0) return new Map();
  const ids = [...requests.keys()];
  const found = await tickets.read(
    ids.map((ticketId) => ({ type: "ticket", ticketId })),
    {},
  );
  const statuses = found.flatMap((status) => (status?.type === "ticket" ? [status] : []));
  const matches = await matchesOf(
    tickets,
    statuses.flatMap(({ matchId, state }) => (matchId === undefined || state !== withMatch ? [] : [matchId])),
  );
  return new Map(
    statuses.map(({ ticket, state, matchId = "" }) => {
      const { match, answers } = matches.get(matchId) ?? {};
      return [requests.get(ticket.id)!, { ticket, state, match, answers }];
    }),
  );
}

async function matchesOf(
  tickets: TicketStore,
  matchIds: readonly string[],
): Promise<Map<string, MatchStatus>> {
  if (matchIds.length === 0) return new Map();
  const found = await tickets.read(
    [...new Set(matchIds)].map((matchId) => ({ type: "match", matchId })),
    {},
  );
  return new Map(found.flatMap((status) => (status?.type === "match" ? [[status.match.id, status]] : [])));
}
