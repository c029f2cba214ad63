import type { EventBus, MatchStore, TicketStore } from "@evenmatch/core";
import type { RateLimiterAbstract } from "rate-limiter-flexible";
import type { Parties } from "../parties.js";
import type { Waiting } from "../seats.js";
import type { Messages } from "./messages.js";
import type { PresenceRows } from "./presence.js";
import type { SeatRows } from "./seat-rows.js";

/** What several processes keep together: the library's stores, and the game's own. */
export interface SharedStores {
  readonly ports: {
    readonly tickets: TicketStore;
    readonly matches: MatchStore;
    readonly events: EventBus;
  };
  readonly seats: SeatRows;
  readonly presence: PresenceRows;
  readonly parties: Parties;
  /** Everybody who waits and is in no match, at whichever process they joined; who came first first. */
  waiting(): Promise<readonly Waiting[]>;
  /** Counts so many of something in so many seconds and key, for all processes; rejects what is more. */
  limiter(what: string, most: number, seconds: number): RateLimiterAbstract;
  /** Connects this process with the others, once. */
  messages(): Messages;
  /** Writes down which worker made a match, for populations to see how the work is shared. */
  noteClaim(matchId: string, worker: string): Promise<void>;
  close(): Promise<void>;
}
