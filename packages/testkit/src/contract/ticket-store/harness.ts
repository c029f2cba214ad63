import type { Clock, Lease, TicketStore } from "@evenmatch/core";
import type { Retention } from "@evenmatch/core/adapter";

/** In what ticket stores may differ. Each value has a case of its own that shows what it means. */
export interface TicketStoreCapabilities {
  /** Within what a player has at most one live ticket. */
  readonly uniquePer: "queue" | "pool";
  /** Whether a join takes effect only when somebody owns its pool. */
  readonly joinNeedsOwner: boolean;
}

/** What a ticket store's author writes to have it proved. */
export interface TicketStoreHarness {
  readonly name: string;
  readonly capabilities: TicketStoreCapabilities;
  /** How long the stores are told to remember what ended; at least a minute each. */
  readonly retention: Retention;
  /** The clock that the store's `time()` follows, give or take a minute. */
  readonly clock: Clock;
  /** How long a case waits for what was promised, in real milliseconds; ten seconds when left out. */
  readonly patienceMs?: number;
  /**
   * How many sequences the random case tries, 100 when left out; where it starts, by chance when left out; and
   * whether it looks for a shorter sequence that fails, too, as it does when left out.
   */
  readonly random?: { readonly runs?: number; readonly seed?: number; readonly shrinks?: boolean };
  /** Storage that no other case has seen: a schema, a key prefix, topics of its own. */
  open(): Promise<TicketStoreSubject>;
}

/** Storage of one case. */
export interface TicketStoreSubject {
  /** Another store on this storage, as another process has it: with a connection of its own where there are any. */
  store(): TicketStore | Promise<TicketStore>;
  /** Ends a lease as its running out would: its owner does not know, and the pool goes to another, or to the same anew. */
  endLease(lease: Lease): void | Promise<void>;
  /** Closes the stores and drops the storage. */
  close(): Promise<void>;
}

/** The queues that the cases use. Regions are made up as they go. */
export const CONTRACT_QUEUES = ["duel", "squad"] as const;
