import {
  blockList,
  differentAttribute,
  recentOpponents,
  type Limits,
  type Player,
  type Ticket,
} from "@evenmatch/core";
import { Driver } from "@evenmatch/core/adapter";
import { median, percentile, settle, stopwatch } from "../figures.js";
import { figure } from "../report.js";
import type { Row } from "../row.js";
import { byRegion, filled, passOver } from "./pools.js";
import { subjects, type Subject } from "./strategies.js";
import { arrivals, seeded, shuffled, tickets } from "./traces.js";

const SEED = 33_029;

/** At 10,000 joins a second, which is what `matchmaker.p99` asks for, there is so much time for each, in µs. */
const PER_JOIN = 100;

const club = differentAttribute("club");

/** Keeps those of one club apart, and nobody else. */
const CLUB = club.together([club]);

/** Limits of every kind that nearly everybody has, which keep hardly anybody apart. */
const ALL = club.together([recentOpponents({ withinMs: 600_000 }), blockList(), club]);

/** A join while so many wait who meet nobody, neither each other nor whoever joins; but two who join may meet. */
export const steady: readonly Row[] = subjects
  .filter(({ hasCrowds }) => hasCrowds)
  .map((subject) => ({
    name: `${subject.name}.steady`,
    unit: "µs",
    goal: { of: "ours", bound: "at most", limit: PER_JOIN },
    measure: () => measured(subject, { crowd: 100_000, joins: 10_000, limits: undefined }),
  }));

/** The same where all are of one club, and only limits keep them apart. */
export const steadyUnderLimits: readonly Row[] = subjects.map((subject) => ({
  name: `${subject.name}.steady.limits`,
  unit: "µs",
  goal: undefined,
  measure: () => measured(subject, { crowd: 2_000, joins: 40, limits: CLUB }),
}));

/** The first pass with limits of three kinds, against the same without. */
export const limited: readonly Row[] = subjects.map((subject) => ({
  name: `${subject.name}.limits`,
  unit: "ms",
  goal: undefined,
  async measure() {
    const all = tickets(arrivals(100_000, SEED)).map(withAttributes);
    const sorted = byRegion(all);
    const now = all.at(-1)!.joinedAt;
    const times: [number[], number[]] = [[], []];
    for (let round = -1; round < 5; round++) {
      for (const [side, limits] of [undefined, ALL].entries()) {
        const strategy = subject.create();
        const pools = filled(sorted, limits);
        await settle();
        const passing = stopwatch();
        passOver(pools, (pool) => strategy.propose(pool, now));
        if (round >= 0) times[side]!.push(passing());
      }
    }
    return { ours: median(times[1]), reference: median(times[0]), notes: ["the reference has no limits"] };
  },
}));

interface Setting {
  readonly crowd: number;
  readonly joins: number;
  readonly limits: Limits | undefined;
}

/** The p99 of a join and the pass that it causes; the reference is to look at each of the crowd in a plain list. */
async function measured(subject: Subject, { crowd, joins, limits }: Setting) {
  // So far apart that nobody meets by any gap; under limits close together.
  const step = limits ? 1 : 1_000;
  let at = 1_700_000_000_000;
  let matched = 0;
  const driver = new Driver<Player>({
    strategy: subject.create(),
    limits,
    waveMs: Infinity,
    stopwatch: () => performance.now(),
    onPass: ({ proposals }) => (matched += proposals.length),
    onExpire: () => {},
    onError: (error) => {
      throw error;
    },
  });
  const waiting = Array.from(shuffled(crowd, SEED), (place, index) => joining(`c${index}`, place * step, at));
  driver.gain(
    waiting.map((ticket) => ({ ticket })),
    at,
  );
  if (driver.pool.size !== crowd) throw new Error("nobody of the crowd meets anybody");
  const chance = seeded(SEED);
  const ours: number[] = [];
  const plain: number[] = [];
  await settle();
  for (let join = -joins / 4; join < joins; join++) {
    const ticket = joining(`j${join}`, (Math.floor(chance() * crowd) + 0.5) * step, ++at);
    const began = performance.now();
    driver.joined(ticket, at);
    const took = 1_000 * (performance.now() - began);
    driver.left(ticket.id, at);
    if (join >= 0) ours.push(took);
    // What looks at everybody takes so long that some of them will do.
    if (join % (joins / 40) !== 0) continue;
    const looking = performance.now();
    if (nearestIn(waiting, ticket, limits) !== undefined)
      throw new Error("nobody of the crowd meets anybody");
    const looked = 1_000 * (performance.now() - looking);
    if (join >= 0) plain.push(looked);
  }
  if (matched > 0) throw new Error("nobody of the crowd meets anybody");
  return {
    ours: percentile(ours, 0.99),
    reference: percentile(plain, 0.99),
    notes: [`${figure(crowd)} wait; the median of a join is ${figure(median(ours))} µs`],
  };
}

function nearestIn(
  waiting: readonly Ticket[],
  ticket: Ticket,
  limits: Limits | undefined,
): Ticket | undefined {
  const { rating } = ticket.players[0]!;
  let least = 400;
  let nearest: Ticket | undefined;
  for (const other of waiting) {
    const gap = Math.abs(other.players[0]!.rating - rating);
    if (gap > least || (limits && limits.between(ticket, other) > 0)) continue;
    least = gap;
    nearest = other;
  }
  return nearest;
}

function joining(id: string, rating: number, joinedAt: number): Ticket {
  const attributes = { club: "red" };
  return { id, queue: "classic", region: "eu", players: [{ id: `p${id}`, rating, attributes }], joinedAt };
}

function withAttributes(ticket: Ticket, index: number, all: readonly Ticket[]): Ticket {
  const [player] = ticket.players;
  const other = (by: number): string => all[(index * by + 7) % all.length]!.players[0]!.id;
  const recentOpponents = { [other(3)]: ticket.joinedAt - 1_000, [other(5)]: ticket.joinedAt - 9_000 };
  const attributes = { club: `club-${index % 50}`, blockList: [other(11), other(13)], recentOpponents };
  return { ...ticket, players: [{ ...player!, attributes }] };
}
