import type { Ticket } from "@evenmatch/core";
import type { Pool } from "pg";
import type { Waiting } from "../seats.js";
import { waitingOf } from "../shared/waiting.js";

/** Those who live in a queue and are in no match, as the tables of the library have them. */
const WAITING = `
  select ticket.ticket from evenmatch.live
  join evenmatch.tickets as ticket on ticket.id = live.ticket
  where live.is_first and ticket.match_id is null
  order by ticket.joined_at`;

/** Everybody who waits, at whichever process they joined. */
export async function whoWaits(pool: Pool): Promise<readonly Waiting[]> {
  const { rows } = await pool.query<{ ticket: string }>(WAITING);
  return rows.map(({ ticket }) => waitingOf(JSON.parse(ticket) as Ticket));
}
