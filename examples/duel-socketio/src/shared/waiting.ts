import type { Ticket } from "@evenmatch/core";
import { shownPlayer } from "../news.js";
import type { QueueName, Region } from "../queues.js";
import type { Waiting } from "../seats.js";

/** Who waits with a ticket, as others are shown it. */
export function waitingOf({ queue, region, players, joinedAt }: Ticket): Waiting {
  return {
    queue: queue as QueueName,
    region: region as Region,
    players: players.map(shownPlayer),
    openedAt: joinedAt,
  };
}
