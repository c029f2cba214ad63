import type { Millis } from "@evenmatch/core";
import type { Rng } from "../random/seeded.js";
import type { ClientPlan } from "./client.js";
import type { SimulatedPlayer } from "./queues.js";

/** Who plays in a simulation. */
export interface PopulationOptions {
  /** How many clients come. */
  readonly clients: number;
  /** How many of them come a second, on average over all regions. */
  readonly perSecond: number;
  /** The regions, each with its share of the arrivals. */
  readonly regions: Readonly<Record<string, number>>;
}

/** Where newcomers go, each queue as often as it is named. */
const QUEUES = [
  "classic",
  "classic",
  "strict",
  "blitz",
  "blitz",
  "ready",
  "hosted",
  "duo",
  "duo",
  "cup",
] as const;

export interface Arrival {
  readonly at: Millis;
  readonly plan: ClientPlan;
}

/** Who comes, when, and what they will do: a Poisson process in each region, in the order of time. */
export function population(
  { clients, perSecond, regions }: PopulationOptions,
  rng: Rng,
  start: Millis,
): Arrival[] {
  const total = Object.values(regions).reduce((sum, share) => sum + share, 0);
  const next = Object.entries(regions).map(([region, share]) => {
    const mean = (1_000 * total) / (perSecond * share);
    const draws = rng.fork(`region ${region}`);
    return { region, mean, draws, at: start + draws.exponential(mean) };
  });
  const arrivals: Arrival[] = [];
  const recent: ClientPlan[] = [];
  for (let index = 0; index < clients; index++) {
    const first = next.reduce((one, other) => (other.at < one.at ? other : one));
    // Now and then somebody comes twice: with another device, or because the first click seemed to do nothing.
    const double = first.draws.chance(0.06) && recent.findLast(({ region }) => region === first.region);
    const plan = double
      ? again(double, index, first.draws)
      : newcomer(first.region, index, Math.round(first.at), first.draws);
    arrivals.push({ at: Math.round(first.at), plan });
    recent.push(plan);
    if (recent.length > 20) recent.shift();
    first.at += first.draws.exponential(first.mean);
  }
  return arrivals;
}

function newcomer(region: string, index: number, at: Millis, rng: Rng): ClientPlan {
  const queue = rng.pick(QUEUES);
  const size = queue === "duo" && rng.chance(0.4) ? 2 : 1;
  const players = Array.from({ length: size }, (_, place): SimulatedPlayer => ({
    id: `p${index}${place === 0 ? "" : `-${place}`}`,
    rating: Math.round(rng.normal(1_500, 200)),
    deviation: rng.int(30, 350),
    attributes: {
      blockList: acquaintances(index, rng),
      recentOpponents: Object.fromEntries(
        acquaintances(index, rng).map((id) => [id, at - rng.int(0, 5_000)] as const),
      ),
      tier: rng.pick(["guest", "member", "patron"]),
    },
  }));
  const temper = rng.float();
  return {
    queue,
    region,
    players,
    requestId: rng.chance(0.95) ? `r${index}` : undefined,
    onDuplicate: "reject",
    patienceMs: Math.round(rng.chance(0.1) ? rng.int(1, 200) : 2_000 + rng.exponential(8_000)),
    goneAfterMs: rng.chance(0.03) ? rng.int(100, 5_000) : Infinity,
    temper: temper < 0.85 ? "accepts" : temper < 0.95 ? "declines" : "silent",
  };
}

function again(plan: ClientPlan, index: number, rng: Rng): ClientPlan {
  const [first] = plan.players;
  return {
    ...plan,
    players: first && rng.chance(0.5) ? [first] : plan.players,
    requestId: `r${index}`,
    onDuplicate: rng.pick(["reject", "return", "replace"] as const),
  };
}

/** Some of those who came shortly before, most of whom are still there. */
function acquaintances(index: number, rng: Rng): string[] {
  const ids = new Set<string>();
  for (let left = rng.int(0, 4); left > 0; left--) ids.add(`p${index - rng.int(1, 40)}`);
  return [...ids];
}
