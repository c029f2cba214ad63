/**
 * What the tests of all adapters have in common beside the contracts: races, batches in which everything builds on
 * everything, tables of faults, and what tests of buses publish and hear.
 *
 * @module
 */
export {
  event,
  events,
  hurried,
  listen,
  MemberProcess,
  numbers,
  once,
  POOL,
  poisoned,
  seqs,
  type Heard,
} from "./event-bus.js";
export {
  ends,
  everyRowIsTested,
  faultTable,
  refused,
  works,
  worksAgain,
  type Calls,
  type FaultTable,
  type Row,
} from "./faults.js";
export { playConflicts, playMixedBatches } from "./mixed-batches.js";
export { playRaces, RACE_REGIONS, type RaceEnd } from "./races.js";
export { SkewedProcess, type Said } from "./skewed-process.js";
