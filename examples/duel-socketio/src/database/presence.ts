import type { Pool } from "pg";
import type { GonePlayer, PresenceRows, ProcessName } from "../shared/presence.js";

/** How long dead processes are remembered. */
const FORGOTTEN = "1 hour";

const NOTE = `
  insert into duel.presence (player_id, process_id, left_at)
  select player, $2, case when here then null else now() end from unnest($1::text[], $3::boolean[]) as noted (player, here)
  on conflict (player_id, process_id) do update set left_at = excluded.left_at`;

/** A row that was there has a transaction that locked it. */
const BEAT = `
  insert into duel.processes (id, name, seen_at) values ($1, $2, now())
  on conflict (id) do update set seen_at = now() returning xmax::text <> '0' as was_known`;

const REAP = `
  with live as (
    select id from duel.processes where seen_at > now() - $2 * interval '1 ms'
  ), staying as (
    select player_id, process_id from duel.presence
    where (left_at is null or left_at > now() - $1 * interval '1 ms') and process_id in (select id from live)
  ), out as (
    delete from duel.presence as row
    where (row.left_at <= now() - $1 * interval '1 ms' or row.process_id not in (select id from live))
    returning row.player_id, row.left_at is null as is_lost
  )
  select player_id as "playerId", bool_or(is_lost) as "isLost" from out
  where player_id not in (select player_id from staying) group by player_id`;

const ANYWHERE = `
  select from duel.presence join duel.processes on id = process_id
  where player_id = $1 and left_at is null and seen_at > now() - $2 * interval '1 ms'`;

/** Presence as rows of a table: a row is taken out by one process alone. */
export class PresenceTable implements PresenceRows {
  constructor(private readonly pool: Pool) {}

  async note(processId: string, players: ReadonlyMap<string, boolean>): Promise<void> {
    await this.pool.query(NOTE, [[...players.keys()], processId, [...players.values()]]);
  }

  async beat({ id, name }: ProcessName): Promise<boolean> {
    const { rows } = await this.pool.query<{ was_known: boolean }>(BEAT, [id, name]);
    return rows[0]!.was_known;
  }

  async reap(graceMs: number, deadMs: number): Promise<GonePlayer[]> {
    const { rows } = await this.pool.query<GonePlayer>(REAP, [graceMs, deadMs]);
    await this.pool.query(`delete from duel.processes where seen_at < now() - interval '${FORGOTTEN}'`);
    return rows;
  }

  async isAnywhere(playerId: string, deadMs: number): Promise<boolean> {
    const { rowCount } = await this.pool.query(ANYWHERE, [playerId, deadMs]);
    return rowCount !== 0;
  }
}
