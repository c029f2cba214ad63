import type { FinalState } from "@evenmatch/testkit";
import pg from "pg";

/** What the library's tables hold, in their own words: nothing of the library is asked. */
const TICKETS = `
  select ticket.id as "ticketId", ticket.players, ticket.match_id as "matchId",
    case
      when ticket.ended = 'l' then 'left'
      when ticket.ended = 'e' then 'expired'
      when ticket.ended = 'm' then 'matched'
      when ticket.match_id is null then 'waiting'
      when match.state = 'c' then 'claimed'
      else 'matched'
    end as state
  from evenmatch.tickets as ticket left join evenmatch.matches as match on match.id = ticket.match_id`;

const MATCHES = `
  select id as "matchId",
    case state when 'c' then 'claimed' when 's' then 'settled' when 'd' then 'delivered' else 'released' end as state,
    (
      select json_agg((select json_agg(ticket ->> 'id' order by place) from json_array_elements(team) with ordinality as t (ticket, place)) order by side)
      from json_array_elements(match::json -> 'teams') with ordinality as s (team, side)
    ) as teams
  from evenmatch.matches`;

/** Matches that happened and are not in the record that is kept for good, or with other players there. */
const UNSAVED = `
  select match.id from evenmatch.matches as match
  where match.state in ('s', 'd') and (
    select array_agg(player.ticket_id || ' ' || player.player_id order by player.ticket_id, player.player_id)
    from evenmatch.match_players as player where player.match_id = match.id
  ) is distinct from (
    select array_agg(ticket.id || ' ' || one order by ticket.id, one)
    from unnest(match.tickets) as held (id) join evenmatch.tickets as ticket using (id), unnest(ticket.players) as one
  )`;

/** Who played with which ticket, as the record that is kept for good has it. */
const PLAYED = `
  select match_id as "matchId", array_agg(ticket_id || ' ' || player_id) as players
  from evenmatch.match_players group by match_id`;

const WORKERS = `select worker, match_id as "matchId" from duel.claims`;

/** What several processes keep together, read with SQL. */
export class KeptInPostgres {
  readonly #pool: pg.Pool;

  constructor(url: string) {
    this.#pool = new pg.Pool({ connectionString: url, max: 2, application_name: "population" });
    this.#pool.on("error", () => {});
  }

  async finalState(): Promise<FinalState> {
    const tickets = await this.#rows<FinalState["tickets"][number]>(TICKETS);
    const matches = await this.#rows<FinalState["matches"][number]>(MATCHES);
    return {
      tickets: tickets.map(({ matchId, ...ticket }) => ({ ...ticket, matchId: matchId ?? undefined })),
      matches,
    };
  }

  async unsaved(): Promise<string[]> {
    return (await this.#rows<{ id: string }>(UNSAVED)).map(({ id }) => id);
  }

  /** Of each match in the record, who played with which ticket, in no order. */
  async played(): Promise<Map<string, readonly string[]>> {
    const rows = await this.#rows<{ matchId: string; players: string[] }>(PLAYED);
    return new Map(rows.map(({ matchId, players }) => [matchId, players]));
  }

  async workers(): Promise<Map<string, string>> {
    const rows = await this.#rows<{ worker: string; matchId: string }>(WORKERS);
    return new Map(rows.map(({ worker, matchId }) => [matchId, worker]));
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }

  async #rows<Row extends object>(query: string): Promise<Row[]> {
    return (await this.#pool.query<Row>(query)).rows;
  }
}
