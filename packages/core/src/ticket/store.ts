import type { Millis } from "../clock.js";
import type { Change, Decision, DecisionOutcome, Outcomes, Request, RequestOutcome } from "../life.js";
import type { MatchRecord } from "../life-state.js";
import type { Match, MatchState } from "../match/match.js";
import type { Explanation } from "../strategy/strategy.js";
import type { PoolKey, Ticket, TicketState } from "./ticket.js";

/** The right to run a pool: made by the store, held by the owner. */
export interface Lease {
  readonly pool: PoolKey;
  /** Grows with every owner of the pool, so that a store refuses an earlier one whatever its process believes. */
  readonly fence: bigint;
  /** Aborts as soon as the process can know that the pool is no longer its own. */
  readonly lost: AbortSignal;
}

/** One change of a pool: `seq` grows with every change of the pool, `at` is the match time it was asked for with. */
export interface PoolChange {
  readonly seq: number;
  readonly at: Millis;
  readonly change: Change;
}

/** A waiting ticket as a new owner gets it; `seenAt` is its last heartbeat, if there was one. */
export interface WaitingTicket {
  readonly ticket: Ticket;
  readonly seenAt?: Millis | undefined;
}

/** A match that is claimed or settled and not delivered yet, as a new owner gets it. */
export type PendingMatch = MatchRecord & { readonly state: "claimed" | "settled" };

/**
 * What an owner hears. Of each pool: `gained`, then every change in order and once, then perhaps `lost`. What ended and
 * may not have been told by the owner before comes at the head of the changes, with the number that it had.
 */
export type OwnerEvent =
  | {
      readonly type: "gained";
      readonly lease: Lease;
      readonly waiting: readonly WaitingTicket[];
      readonly pending: readonly PendingMatch[];
      /** The sequence number of the last change that `waiting` and `pending` already hold. */
      readonly seq: number;
    }
  | { readonly type: "changed"; readonly lease: Lease; readonly changes: readonly PoolChange[] }
  | { readonly type: "lost"; readonly lease: Lease }
  | {
      readonly type: "asked";
      readonly lease: Lease;
      readonly question: Question;
      /** Answers whoever asked. */
      readonly reply: (answer: Answer) => void;
    };

/** What is looked up: a ticket by id, the live ticket of a player in a queue, a match by id. */
export type Query =
  | { readonly type: "ticket"; readonly ticketId: string }
  | { readonly type: "player"; readonly playerId: string; readonly queue: string }
  | { readonly type: "match"; readonly matchId: string };

/** A ticket as it stands. */
export interface TicketStatus {
  readonly type: "ticket";
  readonly ticket: Ticket;
  readonly state: TicketState;
  /** The match that claimed it, while it is claimed and once it is matched. */
  readonly matchId?: string | undefined;
}

/** A match as it stands. */
export interface MatchStatus {
  readonly type: "match";
  readonly match: Match;
  readonly state: MatchState;
  /** Who has answered the ready check, and what. */
  readonly answers: Readonly<Record<string, boolean>>;
}

/** A question to the owner of a pool. */
export type Question =
  | { readonly type: "explain"; readonly ticketId: string }
  | { readonly type: "estimate"; readonly rating: number };

/** An owner's answer; `none` where the strategy cannot say. */
export type Answer =
  | { readonly type: "explanation"; readonly explanation: Explanation }
  | { readonly type: "estimate"; readonly estimate: Estimate }
  | { readonly type: "none" };

/** The expected wait of somebody who joins now, by what the pool's owner has recently seen around this rating. */
export interface Estimate {
  /** Half of those who joined were matched within so many ms; `Infinity` where nobody was seen to be matched. */
  readonly p50: Millis;
  /** Nine of ten were. */
  readonly p90: Millis;
  /** How many matched tickets it rests on. */
  readonly observed: number;
  /** `fallback` when it rests on fewer than 20: take it with a grain of salt. */
  readonly basis: "observed" | "fallback";
  /** How often the pool's own p90 was enough lately, from 0 to 1; left out before 20 could be compared. */
  readonly held?: number | undefined;
}

/** What every call of a port takes: aborting the signal gives up waiting for it. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Match time is always an argument, so that a `ManualClock` drives real stores too. */
export interface TimedOptions extends CallOptions {
  readonly now: Millis;
}

/** The outcomes of a batch, place by place. */
export type OutcomesOf<Inputs extends readonly { readonly type: keyof Outcomes }[]> = {
  -readonly [Index in keyof Inputs]: Outcomes[Inputs[Index]["type"]];
};

/**
 * Where tickets wait. Requests are what anyone makes, decisions are what only a pool's owner makes; both come in
 * batches, each with its own outcome, and each is safe to repeat. What a request or decision does is said once, by
 * `step` and `evolve` of the life of a ticket; `describeTicketStore` of the testkit holds a store to it.
 *
 * Expected outcomes are values. A call rejects with a retryable `STORE_UNAVAILABLE` when its outcome is not known:
 * it may or may not have taken effect, and sending the same again tells.
 */
export interface TicketStore {
  /**
   * True when the store makes one call of many by itself, and takes calls up in their order: a matchmaker does not hold one
   * back then while another is under way. Left out by stores whose calls are a round trip each. A store around another
   * passes it on, or a call for a pool without an owner holds up those for all others.
   */
  readonly coalesces?: boolean;
  /** Anyone. Each request has its own outcome, in its place. */
  submit(requests: readonly Request[], options: TimedOptions): Promise<RequestOutcome[]>;
  /**
   * Fenced: rejects with `LEASE_LOST` as a whole, and changes nothing, when the lease is not the pool's newest. With
   * `INVALID_REQUEST`, and nothing changed, for what it is never going to take, such as a match too large for it: its
   * owner goes on without that match.
   */
  decide(lease: Lease, decisions: readonly Decision[], options: TimedOptions): Promise<DecisionOutcome[]>;
  /**
   * Offers to run pools of these queues until the signal aborts or the iterator is returned, which hands the pools
   * over. Pools spread evenly over everyone who offers, and move as little as possible.
   */
  own(queues: readonly string[], options: CallOptions): AsyncIterable<OwnerEvent>;
  /** Looks up, place by place; `undefined` for what is not known, or no longer. */
  read(queries: readonly Query[], options: CallOptions): Promise<(TicketStatus | MatchStatus | undefined)[]>;
  /** Asks a pool's owner; rejects with a retryable `NO_OWNER` where nobody answers. */
  ask(pool: PoolKey, question: Question, options: CallOptions): Promise<Answer>;
  /** The store's clock, or the local one with its declared skew. */
  time(): Promise<Millis>;
}
