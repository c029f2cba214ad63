import { OneVsOne, type EventBus, type MatchStore } from "@evenmatch/core";
import {
  postgresEventBus,
  postgresMatchStore,
  postgresTicketStore,
  type PostgresTicketStore,
} from "@evenmatch/adapter-postgres";
import { Pool } from "pg";

/** Two meet who are as good as each other, and nobody else does. */
export const GAP = 2;
export const queues = { duel: new OneVsOne({ maxRatingGap: GAP }) };

export const REGIONS = ["eu", "na", "asia", "sa", "africa", "oceania"];

/** All ports of one process, with everything as it is when left out: the lease time among it. */
export function portsOn(url: string): {
  readonly tickets: PostgresTicketStore;
  readonly matches: MatchStore;
  readonly events: EventBus;
} {
  const pool = new Pool({ connectionString: url, max: 6 });
  pool.on("error", () => {});
  return {
    tickets: postgresTicketStore(pool),
    matches: postgresMatchStore(pool),
    events: postgresEventBus(pool),
  };
}
