import { differentAttribute, MemoryPool, TeamBalance, type Limit, type Ticket } from "@evenmatch/core";
import { median, percentile, settle, stopwatch } from "../figures.js";
import { answer, Peer } from "../peer.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { byRegion, filled, passOver } from "./pools.js";
import { MAX_SPREAD } from "./strategies.js";
import { parties, singles } from "./team-players.js";
import { arrivals, tickets } from "./traces.js";

const PLAYERS = 100_000;
const SEED = 20_311;
const WARM = 6;
const ROUNDS = 15;

/** Clans of the players under a limit: nobody plays with or against their own. */
const CLANS = 97;

const duo = { teams: 2, teamSize: 2, maxRatingSpread: MAX_SPREAD };
const five = { teams: 2, teamSize: 5, maxRatingSpread: 200 };

/** The first pass of 5 against 5 over 100,000 players in one pool, in parties of one to five. */
const party: Row = {
  name: "team-balance.parties",
  unit: "ms",
  goal: undefined,
  async measure() {
    const together = parties(arrivals(PLAYERS, SEED), SEED);
    const alone = singles(together);
    const strategy = new TeamBalance(five);
    const [ours, reference] = await alternating(
      () => firstPass(strategy, () => filled([together])),
      () => firstPass(strategy, () => filled([alone])),
    );
    const said = `${figure(PLAYERS)} players in ${figure(together.length)} parties of 1 to 5; the reference are the same players, each alone`;
    return { ours, reference, notes: [said] };
  },
};

/** Two against two over 100,000 tickets in six pools, and nobody meets their own clan. */
const limited: Row = {
  name: "team-balance.limits",
  unit: "ms",
  goal: undefined,
  async measure() {
    const sorted = byRegion(
      tickets(arrivals(PLAYERS, SEED)).map((ticket, index) => ({
        ...ticket,
        players: ticket.players.map((player) => ({
          ...player,
          attributes: { clan: `clan-${index % CLANS}` },
        })),
      })),
    );
    const limit: Limit<never> = differentAttribute("clan");
    const limits = (limit as Limit).together([limit as Limit]);
    const strategy = new TeamBalance(duo);
    const [ours, reference] = await alternating(
      () => firstPass(strategy, () => filled(sorted, limits)),
      () => firstPass(strategy, () => filled(sorted)),
    );
    const said = `${CLANS} clans, and nobody meets their own; the reference is the same without limits`;
    return { ours, reference, notes: [said] };
  },
};

/** How long one pass takes, from the first to the last of 100,000 players who come one party after the other. */
const steady: Row = {
  name: "team-balance.steady",
  unit: "ms",
  goal: { of: "ours", bound: "at most", limit: 1 },
  async measure() {
    const together = parties(arrivals(PLAYERS, SEED), SEED);
    const alone = singles(together);
    const [ours, reference] = await alternating(
      () => Promise.resolve(percentile(eachPass(new TeamBalance(five), together).times, 0.99)),
      () => Promise.resolve(percentile(eachPass(new TeamBalance(five), alone).times, 0.99)),
    );
    const { times, waiting } = eachPass(new TeamBalance(five), together);
    const said =
      `the p99 of a pass, with ${figure(waiting)} parties waiting at the end; the median is ` +
      `${figure(1_000 * percentile(times, 0.5))} µs, the longest ${figure(percentile(times, 1))} ms; the reference are single players`;
    return { ours, reference, notes: [said] };
  },
};

const FRESH = 5;

/**
 * The longest pass there is: the first one of a process that has just taken over a pool with 100,000 waiting, before
 * anything is compiled. Each is measured in a process of its own, and once more when that is warm.
 */
const cold: Row = {
  name: "team-balance.cold",
  unit: "ms",
  goal: { of: "ours", bound: "at most", limit: 50 },
  async measure() {
    const times: { cold: number; warm: number }[] = [];
    for (let round = 0; round < FRESH; round++) {
      const peer = new Peer<{ cold: number; warm: number }>("core", cold.name, "one pool");
      times.push(await peer.ask());
      await peer.close();
    }
    const said =
      "2 against 2 in one pool of 100,000; the reference is the same pass once the process is warm";
    return {
      ours: median(times.map((each) => each.cold)),
      reference: median(times.map((each) => each.warm)),
      notes: [said],
    };
  },
  serve() {
    const all = tickets(arrivals(PLAYERS, SEED));
    const strategy = new TeamBalance(duo);
    answer(async () => {
      const passes: number[] = [];
      for (let round = 0; round < WARM + ROUNDS; round++) {
        passes.push(await firstPass(strategy, () => filled([all])));
      }
      return { cold: passes[0]!, warm: median(passes.slice(WARM)) };
    });
    return Promise.resolve();
  },
};

/** What `TeamBalance` is asked for besides the rows that every strategy has. */
export const teamPasses: readonly Row[] = [party, limited, steady, cold];

/** Medians of two sides that take turns. */
async function alternating(
  ours: () => Promise<number>,
  reference: () => Promise<number>,
): Promise<[ours: number, reference: number]> {
  const times: [number, number][] = [];
  for (let round = -WARM; round < ROUNDS; round++) {
    const pair: [number, number] = [await ours(), await reference()];
    if (round >= 0) times.push(pair);
  }
  return [median(times.map(([one]) => one)), median(times.map(([, other]) => other))];
}

/** Fills pools, and times the first look at them. */
async function firstPass(strategy: TeamBalance, fill: () => MemoryPool[]): Promise<number> {
  const pools = fill();
  await settle();
  const now = 1_800_000_000_000;
  const passing = stopwatch();
  passOver(pools, (pool) => strategy.propose(pool, now));
  return passing();
}

/** Lets tickets come one by one, each with a pass; of the second half, when as many come as go, how long each took. */
function eachPass(strategy: TeamBalance, list: readonly Ticket[]): { times: number[]; waiting: number } {
  const pool = new MemoryPool();
  const times: number[] = [];
  for (const [index, ticket] of list.entries()) {
    pool.add(ticket);
    const started = performance.now();
    const proposals = strategy.propose(pool, ticket.joinedAt);
    strategy.nextChange(pool, ticket.joinedAt);
    if (index * 2 >= list.length) times.push(performance.now() - started);
    pool.clean();
    for (const { teams } of proposals) for (const { id } of teams.flat()) pool.remove(id);
  }
  return { times, waiting: pool.size };
}
