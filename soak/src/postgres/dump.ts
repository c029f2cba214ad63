import pg from "pg";
import type { FinalState } from "@evenmatch/testkit";
import type { Dump } from "../cluster/ground.js";
import { shortened } from "../cluster/judge.js";

/** Asks a server by SQL, on a connection of its own. */
export async function ask<Row extends pg.QueryResultRow>(
  url: string,
  ...statements: readonly string[]
): Promise<Row[][]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  // What the server ends while nothing is asked is told by an event.
  client.on("error", () => {});
  try {
    await client.connect();
    const results: Row[][] = [];
    for (const statement of statements) results.push((await client.query<Row>(statement)).rows);
    return results;
  } finally {
    await client.end().catch(() => {});
  }
}

const TICKETS = `
  SELECT t.id, t.players, t.match_id, CASE
    WHEN t.ended = 'l' THEN 'left'
    WHEN t.ended = 'e' THEN 'expired'
    WHEN t.ended = 'm' OR m.state IN ('s', 'd') THEN 'matched'
    WHEN t.match_id IS NULL THEN 'waiting'
    ELSE 'claimed'
  END AS state
  FROM evenmatch.tickets t LEFT JOIN evenmatch.matches m ON m.id = t.match_id`;

/** Teams are read from the match's own text, so that their order is that of the match. */
const MATCHES = `
  SELECT m.id, m.match::json->'teams' AS teams, CASE m.state
    WHEN 'c' THEN 'claimed' WHEN 's' THEN 'settled' WHEN 'd' THEN 'delivered' ELSE 'released'
  END AS state
  FROM evenmatch.matches m`;

/** Each query finds what must not be when all is over: what is left over, and a record of matches that is another. */
const FLAWS = [
  `SELECT 'player ' || player || ' is still in ' || queue || ' with ' || ticket AS flaw FROM evenmatch.live`,
  `SELECT 'pool ' || name || ' counts ' || waiting || ' who wait' AS flaw FROM evenmatch.pools WHERE waiting <> 0`,
  `SELECT m.id || ' was not saved' AS flaw FROM evenmatch.matches m
   WHERE m.state = 'd' AND NOT EXISTS (SELECT FROM evenmatch.match_sessions s WHERE s.id = m.id)`,
  `SELECT s.id || ' was saved, and did not happen' AS flaw
   FROM evenmatch.match_sessions s LEFT JOIN evenmatch.matches m ON m.id = s.id
   WHERE m.state IS DISTINCT FROM 'd'`,
  `SELECT id || ' was saved with ' || coalesce(saved::text, 'nobody') || ' in place of ' || played::text AS flaw
   FROM (
     SELECT m.id, ARRAY(
       SELECT player COLLATE "C" FROM evenmatch.tickets t, unnest(t.players) player
       WHERE t.id = ANY(m.tickets) ORDER BY 1
     ) AS played, ARRAY(
       SELECT player_id FROM evenmatch.match_players p WHERE p.match_id = m.id ORDER BY 1
     ) AS saved
     FROM evenmatch.matches m WHERE m.state = 'd'
   ) players WHERE played <> saved`,
];

interface Row extends pg.QueryResultRow {
  readonly id: string;
  readonly state: string;
}

interface TicketRow extends Row {
  readonly players: string[];
  readonly match_id: string | null;
}

interface MatchRow extends Row {
  readonly teams: readonly (readonly { readonly id: string }[])[];
}

/** What the tables say, read by SQL alone: nothing of the library is asked. */
export async function dump(url: string): Promise<Dump> {
  const [tickets, matches, ...flaws] = (await ask<pg.QueryResultRow>(url, TICKETS, MATCHES, ...FLAWS)) as [
    TicketRow[],
    MatchRow[],
    ...{ readonly flaw: string }[][],
  ];
  const final: FinalState = {
    tickets: tickets.map(({ id, state, players, match_id: matchId }) => ({
      ticketId: id,
      state: state as FinalState["tickets"][number]["state"],
      players,
      ...((state === "matched" || state === "claimed") && matchId !== null && { matchId }),
    })),
    matches: matches.map(({ id, state, teams }) => ({
      matchId: id,
      state: state as FinalState["matches"][number]["state"],
      teams: teams.map((team) => team.map((ticket) => ticket.id)),
    })),
  };
  return { final, flaws: flaws.flatMap((rows) => shortened(rows.map(({ flaw }) => flaw))) };
}

/** True when nobody waits and no match is under way. */
export async function isSettled(url: string): Promise<boolean> {
  const statement = `SELECT
    (SELECT count(*) FROM evenmatch.live) + (SELECT count(*) FROM evenmatch.matches WHERE state IN ('c', 's')) AS open`;
  const [rows] = await ask<{ open: string }>(url, statement);
  return rows?.[0]?.open === "0";
}
