import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import { RateLimiterMemory, RateLimiterPostgres } from "rate-limiter-flexible";
import type { Config } from "../config.js";
import type { Keeping } from "../keeping.js";
import { Limit } from "../limit.js";
import type { ShowMatch } from "../matches.js";
import { SavedMatches } from "./matches.js";
import type { Database } from "./open.js";
import { messagesOn } from "./messages.js";
import { SharedParties } from "./parties.js";
import { SharedPresence } from "./presence.js";
import { SeatRows } from "./seat-rows.js";
import { SharedSeating } from "./seating.js";
import { whoWaits } from "./waiting.js";

/** Everything in a database that this process shares with others. Its tables have to be there. */
export function inDatabase(config: Config, showMatch: ShowMatch, database: Database): Keeping {
  const { pool, ports } = database;
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
      new SharedSeating({
        matchmaker,
        tickets,
        io,
        book,
        rows,
        waiting: whoWaits(pool),
        heartbeatMs: config.heartbeatMs,
      }),
    presence: (gone) => new SharedPresence(pool, process, config.graceMs, gone),
    close: () => database.close(),
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
