import type { Matchmaker } from "@evenmatch/core";
import type { Pool } from "pg";
import type { DuelQueues } from "../queues.js";

/** Writes down which process made which match, for populations to see how the work is shared. */
export function noteClaims(matchmaker: Matchmaker<DuelQueues>, pool: Pool, worker: string): void {
  matchmaker.on("match.settled", async ({ data }) => {
    await pool.query("insert into duel.claims (match_id, worker) values ($1, $2) on conflict do nothing", [
      data.match.id,
      worker,
    ]);
  });
}
