import type { Millis } from "@evenmatch/core";
import { ManualClock } from "../clock/manual-clock.js";
import { checkHistory, describeViolations, type Verdict } from "../history/check-history.js";
import type { FinalState, HistoryEntry } from "../history/history.js";
import { shortfallsOf } from "../history/shortfalls.js";
import { newSeed, replayHint, rng, type Seed } from "../random/seeded.js";
import type { BusFaults } from "./bus.js";
import { FaultPlan, unseenKinds, type FaultCounts, type FaultOptions, type StruckFault } from "./faults.js";
import { figuresOf, type Figures } from "./figures.js";
import { population, type PopulationOptions } from "./population.js";
import { TICKET_TTL } from "./queues.js";
import type { Step } from "./step.js";
import { openMemoryStore, type OpenStore } from "./store.js";
import { World } from "./world.js";

/** What to simulate. */
export interface SimulationOptions extends Partial<PopulationOptions> {
  /** Everything follows from it; by chance, or from `EVENMATCH_SEED`, when left out. */
  readonly seed?: Seed;
  /** Server processes on one store; 3 when left out. */
  readonly processes?: number;
  /** The store they share; the memory store when left out. */
  readonly store?: OpenStore;
  /** What goes wrong between processes and store; nothing when left out. */
  readonly faults?: FaultOptions;
  /** What the bus loses, repeats and delays; nothing when left out. */
  readonly bus?: BusFaults;
  /** After so many milliseconds the pools of a process that is gone are free; 3,000 when left out. */
  readonly leaseMs?: Millis;
  /** The command that runs this again, for the report; the test command when left out. */
  readonly replay?: (seed: Seed) => string;
}

/** What a simulation came to. */
export interface SimulationReport {
  readonly seed: Seed;
  /** The history is sound, no strategy erred, and where faults were asked for, the run counts. */
  readonly ok: boolean;
  readonly verdict: Verdict;
  /** What strategies did wrong, each said once. */
  readonly flaws: readonly string[];
  /** Why a run with faults shows too little, if it does. */
  readonly shortfalls: readonly string[];
  readonly history: readonly HistoryEntry[];
  readonly final: FinalState;
  readonly faults: readonly StruckFault[];
  readonly faultsByStep: Readonly<Partial<Record<Step, number>>>;
  /** How many faults of each kind struck: kills, cuts, and what calls met by chance. */
  readonly faultsByKind: FaultCounts;
  readonly kills: number;
  readonly cuts: number;
  readonly figures: Figures;
  /** How to run it again. */
  readonly replay: string;
}

/** Faults as a soak run has them: every kind at once. */
export const SOAK_FAULTS: Required<FaultOptions> = {
  kills: 6,
  cuts: 6,
  fails: 0.01,
  losesAnswer: 0.01,
  delays: 0.02,
  repeats: 0.02,
};

const REGIONS = { eu: 5, na: 3, asia: 2, oceania: 1 };

/**
 * Plays a population against several matchmakers on one store, in virtual time, and judges what the callers saw.
 * One seed says who comes, what they do, how long each call takes, and what fails; the same seed gives the same
 * history to the byte.
 *
 * 1. Clients arrive as a Poisson process in each region: alone and in parties, patient and not, in queues of every
 *    strategy, with and without limits, waves, a ready check, an allocator and heartbeats. Some come twice, some vanish.
 * 2. Faults strike in the middle of calls: processes are killed and started again, connections cut, calls fail,
 *    lose their answers, are held up and repeated. Clients reconnect and ask again, as clients do.
 * 3. When everyone has come, time goes on until every ticket has had time to end; then the processes close.
 * 4. The store says what it holds, and {@link checkHistory} judges.
 */
export async function simulate(options: SimulationOptions = {}): Promise<SimulationReport> {
  const { seed = newSeed(), clients = 2_600, perSecond = 60, regions = REGIONS, leaseMs = 3_000 } = options;
  const { processes = 3, store = openMemoryStore, faults = {}, bus = {}, replay = replayHint } = options;
  const chance = rng(seed);
  const clock = new ManualClock({ nagAfterMs: Infinity });
  const start = clock.now();
  const arrivals = population({ clients, perSecond, regions }, chance.fork("population"), start);
  const end = arrivals.at(-1)?.at ?? start;
  const plan = new FaultPlan(faults, chance.fork("faults"), start, end - start);
  const world = new World({ clock, rng: chance, plan, openStore: store, processes, leaseMs, faults, bus });
  for (const arrival of arrivals) world.expect(arrival);
  await clock.advanceTo(end);
  await settle(world, clock, end + 3 * TICKET_TTL);
  const closed = world.close();
  await clock.advance(10_000);
  await closed;

  const history = world.recorder.entries;
  const final = await world.final();
  const verdict = checkHistory(history, final, { absent: [...world.absent] });
  const flaws = [...world.recorder.flaws];
  const { struck } = plan;
  const kills = struck.filter(({ kind }) => kind === "kill").length;
  const faultsByKind = { kills, cuts: struck.length - kills, ...world.network.callFaults };
  const isWithFaults = (faults.kills ?? 0) + (faults.cuts ?? 0) > 0;
  const shortfalls = isWithFaults
    ? [...shortfallsOf(verdict, struck), ...unseenKinds(faults, faultsByKind)]
    : [];
  return {
    seed,
    ok: verdict.ok && flaws.length + shortfalls.length === 0,
    verdict,
    flaws,
    shortfalls,
    history,
    final,
    faults: struck,
    faultsByStep: countBy(struck, ({ step }) => step),
    faultsByKind,
    kills,
    cuts: faultsByKind.cuts,
    figures: figuresOf(history, arrivals, world.network.settledAt),
    replay: replay(seed),
  };
}

/** What went wrong in a run, for people; empty when nothing did. */
export function describeSimulation({ verdict, flaws, shortfalls, replay }: SimulationReport): string {
  const lines = [describeViolations(verdict), ...flaws, ...shortfalls].filter((text) => text !== "");
  return lines.length === 0 ? "" : [...lines, replay].join("\n");
}

/** Lets time go on until every client is content, and long enough for every ticket to end. */
async function settle(world: World, clock: ManualClock, latest: Millis): Promise<void> {
  await clock.advance(2 * TICKET_TTL);
  while (clock.now() < latest && world.clients.some(({ isOver }) => !isOver)) await clock.advance(1_000);
}

function countBy<T, Key extends string>(
  items: readonly T[],
  keyOf: (item: T) => Key,
): Partial<Record<Key, number>> {
  const counts: Partial<Record<Key, number>> = {};
  for (const item of items) counts[keyOf(item)] = (counts[keyOf(item)] ?? 0) + 1;
  return counts;
}
