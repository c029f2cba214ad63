import { MemoryPool, OneVsOne, ratingOf, type Ticket } from "@evenmatch/core";
import { arrivals, regions, tickets } from "../core/traces.js";
import { MAX_GAP } from "../core/strategies.js";
import { settle } from "../figures.js";
import { figure } from "../report.js";
import type { Bench, Row } from "../row.js";
import { rivals as installed } from "./install.js";
import { packages, type Entrant, type Pairing } from "./packages.js";

const SEED = 5_503;
const WARM = 3;

/** Whoever has found nobody for so long has found all they will. */
const PATIENCE_MS = 500;

/** What came of a file of arrivals. */
interface Outcome {
  readonly pairs: number;
  readonly meanGap: number;
  /** From the first who joins to the last pair. */
  readonly ms: number;
}

/** The same file of arrivals, paired by us and by a package that somebody might pick instead. */
export const rivals: Bench = {
  name: "rivals",
  rows: packages.map((rival): Row => ({
    name: rival.name,
    unit: "µs/pair",
    goal: { of: "ratio", bound: "at most", limit: 1 },
    async measure() {
      const trace = arrivals(rival.arrivals, SEED);
      const pools = poolsOf(tickets(trace), rival.arrivals >= 100_000);
      const pairing = rival.load(await installed());
      let ours: Outcome | undefined;
      for (let round = 0; round <= WARM; round++) {
        await settle();
        ours = await timed(pools, pairByUs);
      }
      await settle();
      const theirs = await timed(pools, pairBy(pairing));
      if (rival.isByRating && ours!.meanGap > theirs.meanGap)
        throw new Error(`${rival.name} pairs closer: ${theirs.meanGap} against ${ours!.meanGap} points`);
      return {
        ours: perPair(ours!),
        reference: perPair(theirs),
        notes: [`OneVsOne: ${words(ours!)}`, `${rival.name} (${rival.rule}): ${words(theirs)}`],
      };
    },
  })),
};

type Pair = (one: Ticket, other: Ticket) => void;

/** Warm: they are measured once, because some cannot be stopped and started again, and their queues are one. */
function pairByUs(pool: readonly Ticket[], onPair: Pair): void {
  const waiting = new MemoryPool();
  for (const ticket of pool) waiting.add(ticket);
  const strategy = new OneVsOne({ maxRatingGap: MAX_GAP });
  for (const { teams } of strategy.propose(waiting, 0)) onPair(teams[0]![0]!, teams[1]![0]!);
}

function pairBy(pairing: Pairing): (pool: readonly Ticket[], onPair: Pair) => void {
  return (pool, onPair) => {
    const byId = new Map(pool.map((ticket) => [ticket.id, ticket]));
    const entrants: Entrant[] = pool.map((ticket) => ({ id: ticket.id, rating: ratingOf(ticket) }));
    pairing(entrants, (one, other) => onPair(byId.get(one.id)!, byId.get(other.id)!));
  };
}

async function timed(
  pools: readonly (readonly Ticket[])[],
  pair: (pool: readonly Ticket[], onPair: Pair) => void,
): Promise<Outcome> {
  let pairs = 0;
  let gap = 0;
  const started = performance.now();
  let last = started;
  const onPair: Pair = (one, other) => {
    pairs++;
    gap += Math.abs(ratingOf(one) - ratingOf(other));
    last = performance.now();
  };
  for (const pool of pools) pair(pool, onPair);
  const most = pools.reduce((sum, { length }) => sum + Math.floor(length / 2), 0);
  while (pairs < most && performance.now() - last < PATIENCE_MS)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return { pairs, meanGap: gap / pairs, ms: last - started };
}

function poolsOf(all: readonly Ticket[], areSplit: boolean): (readonly Ticket[])[] {
  return areSplit ? regions.map((region) => all.filter((ticket) => ticket.region === region)) : [all];
}

/** Whoever finds few pairs is soon done. */
function perPair({ pairs, ms }: Outcome): number {
  return (1_000 * ms) / pairs;
}

function words({ pairs, meanGap, ms }: Outcome): string {
  return `${figure(pairs)} pairs, a mean gap of ${figure(meanGap)} points, ${figure(ms)} ms`;
}
