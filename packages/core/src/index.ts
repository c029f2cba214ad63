export { Matchmaker } from "./matchmaker.js";
export type { Health } from "./matchmaker.js";
export type { MatchmakerOptions } from "./given.js";
export type { AcceptanceOptions, PlayerIn, QueueOptions, Queues, QueueSettings } from "./queue.js";

export { Adaptive, type AdaptiveOptions } from "./strategy/adaptive.js";
export { Fifo, type FifoOptions, type FifoPlayer } from "./strategy/fifo.js";
export type { FifoPriority } from "./strategy/fifo-priority.js";
export { OneVsOne, type OneVsOneOptions } from "./strategy/one-vs-one.js";
export { StrictOneVsOne, type StrictOneVsOneOptions } from "./strategy/strict-one-vs-one.js";
export { SeededBracket, type SeededBracketOptions } from "./strategy/seeded-bracket.js";
export {
  advanceBracket,
  bracketOf,
  bracketOrder,
  type Bracket,
  type BracketSlot,
  type Meeting,
  type MeetingPlace,
} from "./strategy/bracket.js";
export { foresee } from "./strategy/foresee.js";
export { Relaxation, type Steps } from "./strategy/relaxation.js";
export {
  RelaxingBlitz,
  type RelaxedGap,
  type RelaxingBlitzOptions,
  type SteppedGap,
} from "./strategy/relaxing-blitz.js";
export type { CountedWait } from "./strategy/relaxing-blitz-gap.js";
export { TeamBalance } from "./strategy/team-balance.js";
export type { TeamBalanceOptions } from "./strategy/team-options.js";
export {
  defineStrategy,
  type PlayerOf,
  type QueueLimits,
  type StrategyDefinition,
} from "./strategy/define-strategy.js";
export type { Blocking, Explanation, Proposal, QueueTimes, Strategy } from "./strategy/strategy.js";

export { defineLimit, type LimitDefinition } from "./limit/define-limit.js";
export { recentOpponents, type RecentOpponentsOptions } from "./limit/recent-opponents.js";
export { blockList, type BlockListOptions } from "./limit/block-list.js";
export { differentAttribute, sameAttribute, type ComparedType } from "./limit/attribute.js";
export { overlap, type OverlapOptions } from "./limit/overlap.js";
export { latency, type LatencyOptions } from "./limit/latency.js";
export { Limits, type Limit, type Opening } from "./limit/limits.js";
export type { PairCost, PairUp } from "./strategy/pairing.js";
export type { PairsWithin } from "./strategy/pairs-within.js";

export type { Arrival, Pool, RatingWalk, Waiting } from "./pool/pool.js";
export { MemoryPool, type MemoryPoolOptions } from "./pool/memory-pool.js";

export type {
  Attributes,
  AttributeSchema,
  AttributeType,
  AttributeValue,
  Player,
  PlayerWith,
} from "./ticket/player.js";
export type { JoinOptions, JoinRequest } from "./ticket/request.js";
export { byAge, ratingOf, type PoolKey, type Ticket, type TicketState } from "./ticket/ticket.js";
export { MemoryTicketStore, type MemoryTicketStoreOptions } from "./ticket/memory-store.js";
export type * from "./ticket/store.js";

export {
  playersOf,
  ticketsOf,
  type Assignment,
  type Match,
  type MatchState,
  type Team,
} from "./match/match.js";
export type { Allocate, AllocatorOptions, AllocatorSettings } from "./match/allocator.js";
export { MemoryMatchStore, type MemoryMatchStoreOptions } from "./match/memory-store.js";
export type * from "./match/store.js";

export type * from "./event/bus.js";
export type * from "./event/event.js";
export type { EventMap, TicketEvents } from "./event/emitter.js";
export type { ListenOptions } from "./event/listen.js";
export { MemoryEventBus } from "./event/memory-bus.js";

export { EvenmatchError, type ErrorCode, type ErrorDetails } from "./errors.js";
export { systemClock, type Clock, type Millis } from "./clock.js";
export { systemRandom, type Random } from "./random.js";
export type {
  Change,
  Decision,
  DecisionOutcome,
  Outcomes,
  ReleaseReason,
  Request,
  RequestOutcome,
} from "./life.js";
export type { MatchRecord } from "./life-state.js";
