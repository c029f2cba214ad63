import type {
  Assignment,
  Match,
  MatchState,
  MatchStatus,
  Query,
  Ticket,
  TicketState,
  TicketStatus,
} from "@evenmatch/core";
import { poolOf } from "@evenmatch/core/adapter";
import { ODD } from "../connection/options.js";
import type { Database, QueryOptions } from "../connection/database.js";

type Status = TicketStatus | MatchStatus | undefined;

interface TicketRow {
  readonly place: number;
  readonly ticket: string;
  readonly ended: string | null;
  readonly match_id: string | null;
  readonly state: string | null;
}

interface MatchRow {
  readonly place: number;
  readonly match: string;
  readonly assignment: string | null;
  readonly state: string;
  readonly answers: readonly string[] | null;
}

/** From what is asked for to the rows, one look-up each: a statement that starts at a table may read all of it. */
const STATUS = `
  CROSS JOIN LATERAL (SELECT o.ticket, o.ended, o.match_id FROM {schema}.tickets o WHERE o.id = q.id LIMIT 1) t
  LEFT JOIN LATERAL (SELECT o.state FROM {schema}.matches o WHERE o.id = t.match_id LIMIT 1) m ON true`;

const TICKET = `
  SELECT q.place, t.ticket, t.ended, t.match_id, m.state FROM unnest($1::integer[], $2::text[]) q(place, id) ${STATUS}`;

const PLAYER = `
  SELECT q.place, t.ticket, t.ended, t.match_id, m.state FROM (
    SELECT p.place, v.ticket AS id FROM unnest($1::integer[], $2::text[], $3::text[]) p(place, queue, player)
    CROSS JOIN LATERAL (
      SELECT o.ticket FROM {schema}.live o WHERE o.queue = p.queue AND o.player = p.player LIMIT 1
    ) v
  ) q ${STATUS}`;

const MATCH = `
  SELECT q.place, m.match, m.assignment, m.state, (
    SELECT array_agg(CASE WHEN a.accepted THEN '1' ELSE '0' END || a.player)
    FROM {schema}.answers a WHERE a.match_id = m.id
  ) AS answers
  FROM unnest($1::integer[], $2::text[]) q(place, id)
  CROSS JOIN LATERAL (SELECT * FROM {schema}.matches o WHERE o.id = q.id LIMIT 1) m`;

/** Looks up tickets, players and matches, place by place. */
export async function lookUp(
  database: Database,
  queries: readonly Query[],
  options: QueryOptions,
): Promise<Status[]> {
  const found: Status[] = Array.from(queries, () => undefined);
  const tickets: [number[], string[]] = [[], []];
  const players: [number[], string[], string[]] = [[], [], []];
  const matches: [number[], string[]] = [[], []];
  for (const [place, query] of queries.entries()) {
    if (query.type === "player") {
      const { queue, playerId } = query;
      if (ODD.test(queue + playerId)) continue;
      players[0].push(place);
      players[1].push(queue);
      players[2].push(playerId);
      continue;
    }
    const [places, ids] = query.type === "ticket" ? tickets : matches;
    const id = query.type === "ticket" ? query.ticketId : query.matchId;
    if (!poolOf(id) || ODD.test(id)) continue;
    places.push(place);
    ids.push(id);
  }
  const ask = async <Row>(text: string, values: unknown[][]): Promise<Row[]> =>
    values[0]?.length ? database.query<Row>(text, values, options) : [];
  const [ofTickets, ofPlayers, ofMatches] = await Promise.all([
    ask<TicketRow>(TICKET, tickets),
    ask<TicketRow>(PLAYER, players),
    ask<MatchRow>(MATCH, matches),
  ]);
  for (const row of [...ofTickets, ...ofPlayers]) found[row.place] = ticketStatus(row);
  for (const row of ofMatches) found[row.place] = matchStatus(row);
  return found;
}

const ENDS: Readonly<Record<string, TicketState>> = { l: "left", e: "expired", m: "matched" };

function ticketStatus({ ticket, ended, match_id: matchId, state: ofMatch }: TicketRow): TicketStatus {
  const claimedOr = ofMatch === "c" ? "claimed" : "matched";
  const state = (ended !== null && ENDS[ended]) || (matchId === null ? "waiting" : claimedOr);
  const isInMatch = state === "claimed" || state === "matched";
  const status = { type: "ticket", ticket: JSON.parse(ticket) as Ticket, state } as const;
  return isInMatch && matchId !== null ? { ...status, matchId } : status;
}

const STATES: Readonly<Record<string, MatchState>> = {
  c: "claimed",
  s: "settled",
  d: "delivered",
  r: "released",
};

function matchStatus({ match, assignment, state, answers }: MatchRow): MatchStatus {
  return {
    type: "match",
    match: matchOf(match, assignment),
    state: STATES[state] as MatchState,
    answers: Object.fromEntries(answersOf(answers)),
  };
}

/** A match from its two texts. */
export function matchOf(match: string, assignment: string | null): Match {
  const parsed = JSON.parse(match) as Match;
  return assignment === null ? parsed : { ...parsed, assignment: JSON.parse(assignment) as Assignment };
}

/** Answers from the texts in which the database lists them: `1` or `0`, and the player. */
export function answersOf(texts: readonly string[] | null): Map<string, boolean> {
  return new Map((texts ?? []).map((text) => [text.slice(1), text.startsWith("1")]));
}
