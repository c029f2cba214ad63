import type { Match } from "@evenmatch/core";
import type { MatchNews } from "./history.js";

/** A match as a caller is told of it. */
export function newsOf(type: MatchNews["type"], { id, queue, region, teams }: Match): MatchNews {
  return {
    type,
    matchId: id,
    queue,
    region,
    teams: teams.map((team) =>
      team.map((ticket) => ({ ticketId: ticket.id, players: ticket.players.map((player) => player.id) })),
    ),
  };
}
