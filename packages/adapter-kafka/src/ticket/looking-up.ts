import type { MatchStatus, PoolKey, Query, TicketStatus } from "@evenmatch/core";
import { nameOf, type TicketRecord } from "@evenmatch/core/adapter";
import type { PartitionState } from "./partition-state.js";

/** What a partition knows of a query; of a player, what any of its pools does. */
export function lookUp(
  { pools }: PartitionState,
  query: Query,
  pool?: PoolKey,
): TicketStatus | MatchStatus | undefined {
  if (query.type === "player") {
    for (const { key, life } of pools.values()) {
      const record = key.queue === query.queue ? life.ticketOf(query.playerId) : undefined;
      if (record) return statusOf(record);
    }
    return undefined;
  }
  const life = pool && pools.get(nameOf(pool))?.life;
  if (query.type === "ticket") {
    const record = life?.tickets.get(query.ticketId);
    return record && statusOf(record);
  }
  const record = life?.matches.get(query.matchId);
  if (!record) return undefined;
  const { match, state, answers } = record;
  return { type: "match", match, state, answers: Object.fromEntries(answers) };
}

function statusOf({ ticket, state, matchId }: TicketRecord): TicketStatus {
  return { type: "ticket", ticket, state, matchId };
}
