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
export type { Losses, LossWindow } from "./history/loss-window.js";
export { newsOf } from "./history/news.js";
export { shortfallsOf, type Struck } from "./history/shortfalls.js";
export { appendHistory, mergeHistories, readHistory, writeHistory } from "./history/log.js";
export { BUILT_AT, player, ticket, type TicketParts } from "./arbitrary/build.js";
export {
  blockLists,
  encounters,
  instants,
  labels,
  labelSets,
  latencies,
  playerIds,
  type InstantOptions,
  type LatencyRangeOptions,
  type NamedPlayerOptions,
} from "./arbitrary/attributes.js";
export { changes, type ChangeOptions, type TimedChange } from "./arbitrary/changes.js";
export {
  parties,
  players,
  pools,
  ratings,
  tickets,
  type AttributeArbitraries,
  type PartyOptions,
  type PlayerOptions,
  type PlayerParts,
  type RatingOptions,
  type TicketOptions,
} from "./arbitrary/tickets.js";
export { describeStrategy, type TestRunner } from "./strategy/describe-strategy.js";
export { opensLater } from "./strategy/opening.js";
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
export { describeMatchStore, matchStoreCases } from "./contract/match-store/cases.js";
export type { MatchStoreHarness, MatchStoreSubject } from "./contract/match-store/harness.js";
export { describeEventBus, eventBusCapabilityCases, eventBusCases } from "./contract/event-bus/cases.js";
export type { EventBusCapabilities, EventBusHarness, EventBusSubject } from "./contract/event-bus/harness.js";
export {
  describeSimulation,
  simulate,
  SOAK_FAULTS,
  type SimulationOptions,
  type SimulationReport,
} from "./simulator/simulate.js";
export { faultyBus, type BusFaults } from "./simulator/bus.js";
export type { FaultCounts, FaultOptions, StruckFault } from "./simulator/faults.js";
export type { Figures } from "./simulator/figures.js";
export type { PopulationOptions } from "./simulator/population.js";
export { FAULT_STEPS, type Step as FaultStep } from "./simulator/step.js";
export {
  openLogStore,
  openMemoryStore,
  type OpenStore,
  type SimulatedStore,
  type StoreConnection,
} from "./simulator/store.js";
export {
  randomFaults,
  scriptedFaults,
  withFaults,
  type ChanceOfFaults,
  type Fault,
  type FaultPlan,
  type FaultyCall,
} from "./fault/faults.js";
export { killable, type Killable } from "./fault/killable.js";
