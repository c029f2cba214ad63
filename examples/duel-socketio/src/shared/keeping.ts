import { randomUUID } from "node:crypto";
import type { Config } from "../config.js";
import type { Keeping } from "../keeping.js";
import { Limit } from "../limit.js";
import type { ShowMatch } from "../matches.js";
import type { Waiting } from "../seats.js";
import { now } from "../time.js";
import { SavedMatches } from "./matches.js";
import { SharedPresence } from "./presence.js";
import { SharedSeating } from "./seating.js";
import type { SharedStores } from "./stores.js";

/** For so long everybody who asks who waits is shown the same, in ms. */
const FRESH = 400;

/** Everything that this process shares with others. */
export function keptTogether(config: Config, showMatch: ShowMatch, stores: SharedStores): Keeping {
  const { ports, seats, presence, parties } = stores;
  const { tickets, matches } = ports;
  const process = { id: randomUUID(), name: config.name };
  const waiting = forAWhile(() => stores.waiting());
  return {
    ports,
    isShared: true,
    messages: stores.messages(),
    parties,
    matches: new SavedMatches(matches, tickets, seats, showMatch),
    limit: (what, most, seconds) =>
      new Limit(what, most > 0 ? stores.limiter(what, most, seconds) : undefined),
    seating: ({ matchmaker, io, book }) =>
      new SharedSeating({
        matchmaker,
        tickets,
        io,
        book,
        rows: seats,
        waiting,
        heartbeatMs: config.heartbeatMs,
      }),
    presence: (gone) => new SharedPresence(presence, process, config.graceMs, gone),
    close: () => stores.close(),
  };
}

/** What one process asks for serves all its askers for a while. */
function forAWhile(ask: () => Promise<readonly Waiting[]>): () => Promise<readonly Waiting[]> {
  let latest: Promise<readonly Waiting[]> | undefined;
  let since = -Infinity;
  return () => {
    if (latest && now() - since < FRESH) return latest;
    since = now();
    const asked = ask();
    latest = asked;
    asked.catch(() => (latest = undefined));
    return asked;
  };
}
