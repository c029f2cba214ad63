import { MemoryPool, OneVsOne, ratingOf, type Proposal, type Ticket } from "@evenmatch/core";
import { median, settle, stopwatch } from "../figures.js";
import { CppOneVsOne, type Answer } from "./reference.js";
import { arrivals, regions, tickets, type Arrival } from "./traces.js";

/** The gap of the classic queue, in rating points. */
export const MAX_GAP = 100;

const TICKETS = 100_000;
const SEED = 20_311;
const WARM = 10;
const ROUNDS = 31;

/** Asked for several rounds at a time, the C++ program finds its caches warm, as ours are by then. */
const CPP_ROUNDS = 5;

/** Medians of both sides, in ms. */
export interface Rounds {
  readonly fill: number;
  readonly pass: number;
  readonly cpp: number;
  readonly pairs: number;
  readonly totalGap: number;
}

/** Fills six pools, lets `OneVsOne` look at them for the first time, and has the C++ program do the same, in turn. */
export async function measurePools(): Promise<Rounds> {
  const trace = arrivals(TICKETS, SEED);
  const sorted = byRegion(trace);
  const strategy = new OneVsOne({ maxRatingGap: MAX_GAP });
  const cpp = await CppOneVsOne.start(trace, MAX_GAP);
  const fills: number[] = [];
  const passes: number[] = [];
  const times: number[] = [];
  let answer: Answer = await cpp.run(WARM);
  for (let round = -WARM; round < ROUNDS; round++) {
    await settle();
    const filling = stopwatch();
    const pools = filled(sorted);
    const fill = filling();
    await settle();
    const passing = stopwatch();
    const proposals = pools.map((pool) => strategy.propose(pool, 0));
    const players = read(proposals);
    const pass = passing();
    answer = await cpp.run(CPP_ROUNDS);
    compare(totals(proposals), answer);
    if (players !== 2 * answer.pairs) throw new Error("a pair is two tickets");
    if (round < 0) continue;
    fills.push(fill);
    passes.push(pass);
    times.push(answer.ms);
  }
  cpp.close();
  const { pairs, totalGap } = answer;
  return { fill: median(fills), pass: median(passes), cpp: median(times), pairs, totalGap };
}

/** The tickets of a trace, region by region. */
export function byRegion(trace: readonly Arrival[]): Ticket[][] {
  const all = tickets(trace);
  return regions.map((region) => all.filter((ticket) => ticket.region === region));
}

/** Fresh pools, filled one by one while their order by rating is in use. */
export function filled(sorted: readonly Ticket[][]): MemoryPool[] {
  return sorted.map((list) => {
    const pool = new MemoryPool();
    pool.ascend();
    for (const ticket of list) pool.add(ticket);
    return pool;
  });
}

/** Reads each proposal as a claim does, so that one which is only a promise of itself is made within the time. */
function read(proposals: readonly Proposal[][]): number {
  let players = 0;
  for (const list of proposals) {
    for (const { teams, quality } of list) {
      if (!(quality >= 0)) throw new Error("a proposal has a quality");
      for (const team of teams) players += team.length;
    }
  }
  return players;
}

/** How many pairs there are, and how far apart they are in all. */
export function totals(proposals: readonly Proposal[][]): Pick<Answer, "pairs" | "totalGap"> {
  let pairs = 0;
  let totalGap = 0;
  for (const { teams } of proposals.flat()) {
    const [one, other] = teams.map((team) => ratingOf(team[0]!));
    totalGap += Math.abs(one! - other!);
    pairs++;
  }
  return { pairs, totalGap };
}

/** A faster program that pairs worse is no reference, and neither is a faster strategy. */
function compare(ours: Pick<Answer, "pairs" | "totalGap">, { pairs, totalGap }: Answer): void {
  if (ours.pairs === pairs && ours.totalGap === totalGap) return;
  const said = `ours made ${ours.pairs} pairs with a total gap of ${ours.totalGap}, C++ ${pairs} with ${totalGap}`;
  throw new Error(`both sides solve the same problem; ${said}`);
}
