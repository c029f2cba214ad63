export { ManualClock, type ManualClockOptions } from "./clock/manual-clock.js";
export {
  newSeed,
  replayHint,
  rng,
  SEED_VARIABLE,
  seededRandom,
  withSeed,
  type Rng,
  type Seed,
} from "./random/seeded.js";
export { Broker, type BrokerOptions } from "./log-store/broker.js";
export { LogTicketStore, type LogTicketStoreOptions } from "./log-store/log-ticket-store.js";
export {
  checkHistory,
  describeViolations,
  HISTORY_RULES,
  type CheckOptions,
  type HistoryCounts,
  type HistoryRule,
  type Verdict,
  type Violation,
} from "./history/check-history.js";
export type * from "./history/history.js";
export { appendHistory, mergeHistories, readHistory, writeHistory } from "./history/log.js";
export { BUILT_AT, player, ticket, type TicketParts } from "./arbitrary/build.js";
export { changes, type ChangeOptions, type TimedChange } from "./arbitrary/changes.js";
export {
  parties,
  players,
  pools,
  ratings,
  tickets,
  type PartyOptions,
  type PlayerParts,
  type RatingOptions,
  type TicketOptions,
} from "./arbitrary/tickets.js";
export { describeStrategy, type TestRunner } from "./strategy/describe-strategy.js";
export { strategyLaws, type StrategyLaw } from "./strategy/laws.js";
export {
  strategySubject,
  type StrategyOptions,
  type StrategySubject,
  type TeamShape,
} from "./strategy/subject.js";
export type { ContractCase, ContractRunner } from "./contract/contract.js";
export {
  describeTicketStore,
  ticketStoreCapabilityCases,
  ticketStoreCases,
} from "./contract/ticket-store/cases.js";
export {
  CONTRACT_QUEUES,
  type TicketStoreCapabilities,
  type TicketStoreHarness,
  type TicketStoreSubject,
} from "./contract/ticket-store/harness.js";
