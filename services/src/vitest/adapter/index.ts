/**
 * What the tests of all adapters have in common beside the contracts: races, batches in which everything builds on
 * everything, and tables of faults.
 *
 * @module
 */
export { faultTable, refused, works, worksAgain, type Calls, type FaultTable, type Row } from "./faults.js";
export { playConflicts, playMixedBatches } from "./mixed-batches.js";
export { playRaces, RACE_REGIONS, type RaceEnd } from "./races.js";
