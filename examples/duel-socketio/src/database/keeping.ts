import type { EventBus, MatchStore, TicketStore } from "@evenmatch/core";
import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { RateLimiterMemory, RateLimiterPostgres } from "rate-limiter-flexible";
import type { Config } from "../config.js";
import type { Keeping } from "../keeping.js";
import { Limit } from "../limit.js";
import type { ShowMatch } from "../matches.js";
import type { Waiting } from "../seats.js";
import { SavedMatches } from "./matches.js";
import { messagesOn } from "./messages.js";
import { SharedParties } from "./parties.js";
import { SharedPresence } from "./presence.js";
import { SeatRows } from "./seat-rows.js";
import { SharedSeating } from "./seating.js";

/** The library's ports on a database. */
export interface SharedPorts {
  readonly tickets: TicketStore;
  readonly matches: MatchStore;
  readonly events: EventBus;
}

/** Everything in a database that this process shares with others. Its tables have to be there. */
export function inDatabase(
  config: Config,
  showMatch: ShowMatch,
  pool: Pool,
  ports: SharedPorts,
  waiting: () => Promise<readonly Waiting[]>,
): Keeping {
  const { tickets, matches } = ports;
  const rows = new SeatRows(pool);
  const process = { id: randomUUID(), name: config.name };
  return {
    ports,
    isShared: true,
    messages: messagesOn(pool),
    parties: new SharedParties(pool),
    matches: new SavedMatches(matches, tickets, rows, showMatch),
    limit: (what, most, seconds) =>
      new Limit(what, most > 0 ? sharedLimiter(pool, what, most, seconds) : undefined),
    seating: ({ matchmaker, io, book }) =>
      new SharedSeating({ matchmaker, tickets, io, book, rows, waiting, heartbeatMs: config.heartbeatMs }),
    presence: (gone) => new SharedPresence(pool, process, config.graceMs, gone),
    close: () => Promise.resolve(),
  };
}

/** Counts for all processes; while the database cannot be asked each counts for itself. */
function sharedLimiter(pool: Pool, what: string, points: number, duration: number): RateLimiterPostgres {
  const counted = { points, duration, keyPrefix: what };
  return new RateLimiterPostgres({
    ...counted,
    storeClient: pool,
    storeType: "pool",
    schemaName: "duel",
    tableName: "limits",
    tableCreated: true,
    inMemoryBlockOnConsumed: points + 1,
    insuranceLimiter: new RateLimiterMemory(counted),
  });
}
