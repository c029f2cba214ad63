import { MemoryPool, type Limits, type Proposal, type Ticket } from "@evenmatch/core";
import { median, settle, stopwatch } from "../figures.js";
import { CppReference, type Answer, type Sum } from "./reference.js";
import type { Subject } from "./strategies.js";
import { arrivals, regions, tickets } from "./traces.js";

const SEED = 20_311;

/** Asked for several rounds at a time, the C++ program finds its caches warm, as ours are by then. */
const CPP_ROUNDS = 5;

/** How much is measured. */
export interface Size {
  readonly tickets: number;
  readonly warm: number;
  readonly rounds: number;
}

/** What the design's rows are about. */
export const HUNDRED_THOUSAND: Size = { tickets: 100_000, warm: 10, rounds: 31 };

/** Medians of both sides, in ms. */
export interface Rounds extends Sum {
  readonly fill: number;
  readonly pass: number;
  readonly cpp: number;
  /** What the program for the simpler problem takes, where there is one. */
  readonly simpler: number | undefined;
}

/** Fills six pools, lets a strategy look at them for the first time, and has a C++ program do the same, in turn. */
export async function measurePools(subject: Subject, size: Size): Promise<Rounds> {
  const trace = arrivals(size.tickets, SEED);
  const all = tickets(trace);
  const sorted = byRegion(all);
  const now = all.at(-1)!.joinedAt;
  const strategy = subject.create();
  const [program, ...args] = subject.reference;
  const cpp = await CppReference.start(program, trace, ...args);
  const { simpler } = subject;
  const other =
    simpler && (await CppReference.start(simpler.reference[0], trace, ...simpler.reference.slice(1)));
  const others: number[] = [];
  const fills: number[] = [];
  const passes: number[] = [];
  const times: number[] = [];
  let answer: Answer = await cpp.run(size.warm);
  for (let round = -size.warm; round < size.rounds; round++) {
    await settle();
    const filling = stopwatch();
    const pools = filled(sorted);
    const fill = filling();
    await settle();
    const passing = stopwatch();
    const proposals = passOver(pools, (pool) => strategy.propose(pool, now));
    const pass = passing();
    answer = await cpp.run(CPP_ROUNDS);
    compare(subject.sum(proposals.flat()), answer);
    const beside = await other?.run(CPP_ROUNDS);
    if (round < 0) continue;
    if (beside) others.push(beside.ms);
    fills.push(fill);
    passes.push(pass);
    times.push(answer.ms);
  }
  cpp.close();
  other?.close();
  const { pairs, totalGap } = answer;
  return {
    fill: median(fills),
    pass: median(passes),
    cpp: median(times),
    simpler: other && median(others),
    pairs,
    totalGap,
  };
}

/** Tickets region by region. */
export function byRegion(all: readonly Ticket[]): Ticket[][] {
  return regions.map((region) => all.filter((ticket) => ticket.region === region));
}

/** Fresh pools, filled one by one while their order by rating is in use. */
export function filled(sorted: readonly Ticket[][], limits?: Limits): MemoryPool[] {
  return sorted.map((list) => {
    const pool = new MemoryPool([], { limits });
    pool.ascend();
    for (const ticket of list) pool.add(ticket);
    return pool;
  });
}

/** A pass over each; proposals are read as a claim does, so that those that are only a promise are made in time. */
export function passOver(
  pools: readonly MemoryPool[],
  propose: (pool: MemoryPool) => Proposal[],
): Proposal[][] {
  const proposals = pools.map(propose);
  let players = 0;
  for (const list of proposals) {
    for (const { teams, quality } of list) {
      if (!(quality >= 0)) throw new Error("a proposal has a quality");
      for (const team of teams) players += team.length;
    }
  }
  if (players === 0) throw new Error("a pass over a filled pool finds somebody");
  return proposals;
}

/** A faster program that pairs worse is no reference, and neither is a faster strategy. */
function compare(ours: Sum, { pairs, totalGap }: Answer): void {
  if (ours.pairs === pairs && ours.totalGap === totalGap) return;
  const said = `ours made ${ours.pairs} matches that sum up to ${ours.totalGap}, C++ ${pairs} with ${totalGap}`;
  throw new Error(`both sides solve the same problem; ${said}`);
}
