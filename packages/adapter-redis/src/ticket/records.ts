import type {
  Assignment,
  Match,
  MatchState,
  MatchStatus,
  PendingMatch,
  Ticket,
  TicketState,
  TicketStatus,
  WaitingTicket,
} from "@evenmatch/core";

/** What separates texts of JSON in a list: none of them holds it. */
export const TAB = "\t";

const TICKET_STATES: Readonly<Record<string, TicketState>> = {
  w: "waiting",
  c: "claimed",
  m: "matched",
  l: "left",
  x: "expired",
};

const MATCH_STATES: Readonly<Record<string, MatchState>> = {
  c: "claimed",
  s: "settled",
  d: "delivered",
  r: "released",
};

/** The names of players as the server keeps them. */
export function playersText(players: readonly { readonly id: string }[]): string {
  return players.map(({ id }) => JSON.stringify(id)).join(TAB);
}

/** What of a ticket's record never changes and is not looked at by scripts alone: its times and its body. */
export function ticketTail(ticket: Ticket): string {
  const { joinedAt, expiresAt = "", heartbeatMs = "" } = ticket;
  return `${joinedAt} ${expiresAt} ${heartbeatMs}\n${JSON.stringify(ticket)}`;
}

/** A match's record as it is claimed, without its state. */
export function matchTail(match: Match, ids: readonly string[]): string {
  const players = playersText(match.teams.flat().flatMap((ticket) => ticket.players));
  return `${match.acceptBy ?? ""}\n${ids.join(" ")}\n${players}\n\n\n${JSON.stringify(match)}`;
}

/** A request id belongs to who sent it: another player's equal text is another request. */
export function requestText({ players }: Ticket, requestId: string | undefined): string {
  return requestId === undefined ? "" : JSON.stringify([players[0]?.id, requestId]);
}

/** The request id of such a text. */
export function requestIdOf(text: string): string | undefined {
  return text === "" ? undefined : (JSON.parse(text) as [string, string])[1];
}

/** What a record says; `undefined` where it cannot be read. */
function readable<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A ticket by its record. */
export function ticketStatus(record: string): TicketStatus | undefined {
  return readable(() => {
    const [, state = "", matchId = "", body = ""] =
      /^(\w)[-y]-?\d*\n(.*)\n.*\n.*\n.*\n(.+)$/.exec(record) ?? [];
    const known = TICKET_STATES[state];
    if (!known) return undefined;
    const status = { type: "ticket", ticket: JSON.parse(body) as Ticket, state: known } as const;
    return matchId === "" ? status : { ...status, matchId };
  });
}

/** A ticket that waits, by its record. */
export function waitingTicket(record: string): WaitingTicket | undefined {
  return readable(() => {
    const [, seen = "", body = ""] = /^w[-y](-?\d*)\n.*\n.*\n.*\n.*\n(.+)$/.exec(record) ?? [];
    const ticket = JSON.parse(body) as Ticket;
    return seen === "" ? { ticket } : { ticket, seenAt: Number(seen) };
  });
}

/** Answers from the texts in which scripts list them: `1` or `0`, and the player. */
function answersOf(text: string): [string, boolean][] {
  if (text === "") return [];
  return text.split(TAB).map((one) => [JSON.parse(one.slice(1)) as string, one.startsWith("1")]);
}

/** A match from its two texts. */
export function matchOf(body: string, assignment: string): Match {
  const match = JSON.parse(body) as Match;
  return assignment === "" ? match : { ...match, assignment: JSON.parse(assignment) as Assignment };
}

/** A match by its record. */
export function matchStatus(record: string): MatchStatus | undefined {
  return readable(() => {
    const [, state = "", answers = "", assignment = "", body = ""] =
      /^(\w)\n.*\n.*\n.*\n(.*)\n(.*)\n(.+)$/.exec(record) ?? [];
    const known = MATCH_STATES[state];
    if (!known) return undefined;
    const match = matchOf(body, assignment);
    return { type: "match", match, state: known, answers: Object.fromEntries(answersOf(answers)) };
  });
}

/** A match that is claimed or settled, by its record. */
export function pendingMatch(record: string): PendingMatch | undefined {
  const status = matchStatus(record);
  if (status?.state !== "claimed" && status?.state !== "settled") return undefined;
  const { match, state, answers } = status;
  return { match, state, answers: new Map(Object.entries(answers)) };
}
