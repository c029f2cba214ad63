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

/** The name of a player as the server keeps it. */
export function nameText({ id }: { readonly id: string }): string {
  return JSON.stringify(id);
}

/** The names of players as the server keeps them. */
export function playersText(players: readonly { readonly id: string }[]): string {
  return players.map(nameText).join(TAB);
}

/** A ticket's record as it joins. */
export function ticketRecord(ticket: Ticket, players: string, request: string): string {
  const { joinedAt, expiresAt = "", heartbeatMs = "" } = ticket;
  const head = request === "" ? "w--" : "w-q";
  return `${head}\n\n${request}\n${players}\n${joinedAt} ${expiresAt} ${heartbeatMs}\t${JSON.stringify(ticket)}`;
}

/** A match's record in one of its states. Its tickets are listed for as long as they may have to be given back. */
export function matchRecord(state: "c" | "s", match: Match, players: string, ids: readonly string[]): string {
  return `${state}\n${players}\n${match.acceptBy ?? ""}\n${ids.join(" ")}\n\n\n${JSON.stringify(match)}`;
}

/** A request id belongs to who sent it: another player's equal text is another request. */
export function requestText({ players }: Ticket, requestId: string | undefined): string {
  return requestId === undefined ? "" : JSON.stringify([players[0]?.id, requestId]);
}

/** A ticket and its request id, by its record as it joined. */
export function joinedOf(record: string): { ticket: Ticket; requestId?: string } {
  const [, , request = ""] = record.split("\n", 3);
  const ticket = JSON.parse(record.slice(record.lastIndexOf(TAB) + 1)) as Ticket;
  return request === "" ? { ticket } : { ticket, requestId: (JSON.parse(request) as [string, string])[1] };
}

// A dot matches no line separator of Unicode, which texts of JSON may hold: `[^\n]` does.

/** What a record says; `undefined` where it cannot be read. */
function readable<T>(read: () => T | undefined): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** A ticket by its record; one that is kept with its match by that. */
export function ticketStatus(id: string, record: string): TicketStatus | undefined {
  return readable(() => {
    const [, of, match] = /^M\n([^\n]*)\n([^]*)$/.exec(record) ?? [];
    if (of !== undefined && match !== undefined) {
      const ticket = matchStatus(match)
        ?.match.teams.flat()
        .find((one) => one.id === id);
      return ticket && { type: "ticket", ticket, state: "matched", matchId: of };
    }
    const [, state = "", matchId = "", body = ""] =
      /^(\w)[-y][-q]-?\d*\n([^\n]*)\n[^\n]*\n[^\n]*\n[^\n]*\t([^\n]+)$/.exec(record) ?? [];
    const known = TICKET_STATES[state];
    if (!known) return undefined;
    const status = { type: "ticket", ticket: JSON.parse(body) as Ticket, state: known } as const;
    return matchId === "" ? status : { ...status, matchId };
  });
}

/** A ticket that waits, by its record. */
export function waitingTicket(record: string): WaitingTicket | undefined {
  return readable(() => {
    const [, seen = "", body = ""] =
      /^w[-y][-q](-?\d*)\n[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*\t([^\n]+)$/.exec(record) ?? [];
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
      /^(\w)\n[^\n]*\n[^\n]*\n[^\n]*\n([^\n]*)\n([^\n]*)\n([^\n]+)$/.exec(record) ?? [];
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
