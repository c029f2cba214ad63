import type { Ticket } from "@evenmatch/core";
import type { Pool } from "pg";
import { shownPlayer } from "../news.js";
import type { QueueName, Region } from "../queues.js";
import type { Waiting } from "../seats.js";
import { now } from "../time.js";

/** Those who live in a queue and are in no match, as the tables of the library have them. */
const WAITING = `
  select ticket.ticket from evenmatch.live
  join evenmatch.tickets as ticket on ticket.id = live.ticket
  where live.is_first and ticket.match_id is null
  order by ticket.joined_at`;

/** For so long everybody who asks is shown the same, in ms. */
const FRESH = 400;

/** Everybody who waits, at whichever process they joined: what one process asks the database for serves all its askers. */
export function whoWaits(pool: Pool): () => Promise<readonly Waiting[]> {
  let latest: Promise<readonly Waiting[]> | undefined;
  let since = -Infinity;
  return () => {
    if (latest && now() - since < FRESH) return latest;
    since = now();
    latest = pool.query<{ ticket: string }>(WAITING).then(({ rows }) => rows.map(waitingOf));
    latest.catch(() => (latest = undefined));
    return latest;
  };
}

function waitingOf({ ticket }: { readonly ticket: string }): Waiting {
  const { queue, region, players, joinedAt } = JSON.parse(ticket) as Ticket;
  return {
    queue: queue as QueueName,
    region: region as Region,
    players: players.map(shownPlayer),
    openedAt: joinedAt,
  };
}
