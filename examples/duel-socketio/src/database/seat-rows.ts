import type { Pool, PoolClient } from "pg";
import type { PlayerView } from "../protocol.js";
import type { Place } from "../seats.js";
import type { SeatRow, SeatRows } from "../shared/seat-rows.js";
import { transaction } from "./tables.js";

interface Stored {
  readonly player_id: string;
  readonly request_id: string;
  readonly ticket_id: string | null;
  readonly queue: Place["queue"];
  readonly region: Place["region"];
  readonly players: PlayerView[];
  readonly opened_at: string;
}

const TAKE = `
  insert into duel.seats (player_id, request_id, ticket_id, queue, region, players, opened_at, changed_at)
  select player, $2, null, $3, $4, $5::jsonb, $6, now() from unnest($1::text[]) as player order by player
  on conflict (player_id) do update set
    request_id = excluded.request_id, ticket_id = null, queue = excluded.queue, region = excluded.region,
    players = excluded.players, opened_at = excluded.opened_at, changed_at = now()
  where seats.request_id = any($7::text[])`;

/** Seats as rows of a table. */
export class SeatTable implements SeatRows {
  constructor(private readonly pool: Pool) {}

  async of(playerIds: readonly string[]): Promise<Map<string, SeatRow>> {
    const { rows } = await this.pool.query<Stored>("select * from duel.seats where player_id = any($1)", [
      playerIds,
    ]);
    return new Map(rows.map((row) => [row.player_id, rowOf(row)]));
  }

  async take(row: SeatRow, before: readonly string[]): Promise<boolean> {
    const { requestId, queue, region, players, openedAt } = row;
    const ids = players.map(({ id }) => id);
    const values = [ids, requestId, queue, region, JSON.stringify(players), openedAt, before];
    const taken = async (from: Pool | PoolClient): Promise<boolean> =>
      (await from.query(TAKE, values)).rowCount === ids.length;
    if (ids.length === 1) return taken(this.pool);
    return transaction(this.pool, async (client) => {
      if (await taken(client)) return true;
      throw new TakenError();
    }).catch((error: unknown) => {
      if (error instanceof TakenError) return false;
      throw error;
    });
  }

  async ticketed({ requestId }: SeatRow, ticketId: string): Promise<void> {
    await this.pool.query(
      "update duel.seats set ticket_id = $2, changed_at = now() where request_id = $1 and ticket_id is null",
      [requestId, ticketId],
    );
  }

  async drop({ requestId }: SeatRow): Promise<void> {
    await this.pool.query("delete from duel.seats where request_id = $1", [requestId]);
  }

  async changed(playerIds: readonly string[], withinMs: number): Promise<string[]> {
    const { rows } = await this.pool.query<{ player_id: string }>(
      `select player_id from duel.seats
       where changed_at > now() - $2 * interval '1 ms' and player_id = any($1)`,
      [playerIds, withinMs],
    );
    return rows.map(({ player_id }) => player_id);
  }

  async tidy(): Promise<void> {
    await this.pool.query("delete from duel.seats where changed_at < now() - interval '1 day'");
  }
}

/** Undoes the transaction. */
class TakenError extends Error {}

function rowOf({ request_id, ticket_id, queue, region, players, opened_at }: Stored): SeatRow {
  return {
    requestId: request_id,
    ticketId: ticket_id,
    queue,
    region,
    players,
    openedAt: Number(opened_at),
  };
}
