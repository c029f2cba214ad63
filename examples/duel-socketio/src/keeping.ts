import { MemoryTicketStore, type Matchmaker, type MatchmakerOptions } from "@evenmatch/core";
import { KEEP_ALL, type Config } from "./config.js";
import { RecordingStore, type FinalState } from "./final-state.js";
import { Limit } from "./limit.js";
import { LastMatches, type Matches, type ShowMatch } from "./matches.js";
import { PartyBook, type Parties } from "./parties.js";
import { OwnPresence, type Gone, type Presence } from "./presence.js";
import type { DuelQueues } from "./queues.js";
import type { DuelIo } from "./rooms.js";
import { OwnSeating, type Seating } from "./seating.js";
import type { SeatBook } from "./seats.js";
import type { Messages } from "./shared/messages.js";

/** What a server keeps, and where: in its own memory, or in a database that several processes share. */
export interface Keeping {
  /** Where the matchmaker keeps tickets and matches, and how it hears of them. */
  readonly ports: Pick<MatchmakerOptions<DuelQueues>, "tickets" | "matches" | "events">;
  /** Whether other processes change it, too. */
  readonly isShared: boolean;
  /** Passes on what goes to a room whose sockets are at other processes; once `heard`, theirs is heard here. */
  readonly messages?: Messages;
  readonly parties: Parties;
  readonly matches: Matches;
  /** So many of something in so many seconds and key; `most` 0 is no limit. */
  limit(what: string, most: number, seconds: number): Limit;
  seating(around: SeatingAround): Seating;
  presence(gone: Gone): Presence;
  /** Everything there is and was; missing where it is not shown. */
  readonly finalState?: () => Promise<FinalState>;
  /** Lets go of what was opened. */
  close(): Promise<void>;
}

export interface SeatingAround {
  readonly matchmaker: Matchmaker<DuelQueues>;
  readonly io: DuelIo;
  readonly book: SeatBook;
}

/** Everything in this process's memory, and where a test wants to see the final state, with a record of all there was. */
export function inMemory({ graceMs, showFinalState }: Config, showMatch: ShowMatch): Keeping {
  const record = showFinalState
    ? new RecordingStore(new MemoryTicketStore({ retainMs: KEEP_ALL }))
    : undefined;
  return {
    ports: record ? { tickets: record } : {},
    isShared: false,
    parties: new PartyBook(),
    matches: new LastMatches(showMatch),
    limit: (what, most, seconds) => Limit.ofProcess(what, most, seconds),
    seating: ({ matchmaker, book }) => new OwnSeating(matchmaker, book),
    presence: (gone) => new OwnPresence(graceMs, gone),
    ...(record && { finalState: () => record.finalState() }),
    close: () => Promise.resolve(),
  };
}
