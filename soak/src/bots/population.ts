import type { Millis } from "@evenmatch/core";
import type { Rng } from "@evenmatch/testkit";
import type { QueueName, SoakPlayer } from "../queues.js";

/** What a caller is going to do. */
export interface BotPlan {
  readonly queue: QueueName;
  readonly region: string;
  readonly players: readonly SoakPlayer[];
  /** Makes the join safe to send again; without one, a caller whose join is not answered gives up. */
  readonly requestId: string | undefined;
  readonly onDuplicate: "reject" | "return" | "replace";
  /** Leaves when it was not matched within so many milliseconds. */
  readonly patienceMs: Millis;
  /** Goes away without a word so many milliseconds after it came; never for `Infinity`. */
  readonly goneAfterMs: Millis;
  /** What it does when it is asked to accept a match. */
  readonly temper: "accepts" | "declines" | "silent";
}

/** Somebody comes, so many milliseconds after the run began. */
export interface Arrival {
  readonly at: Millis;
  readonly plan: BotPlan;
}

/** How many come, and how many a second on average. */
export interface Crowd {
  /** A fifth of them after the last fault is over; as many more before as come until then. */
  readonly clients: number;
  readonly perSecond: number;
}

/** Where newcomers go, each as often as it is named. */
const QUEUES = [
  "classic",
  "classic",
  "blitz",
  "blitz",
  "ready",
  "hosted",
  "duo",
  "duo",
  "cup",
] as const satisfies readonly QueueName[];

/** Of so many who came last somebody may come again. */
const RECENT = 20;

const REGIONS = ["eu", "eu", "eu", "eu", "na", "na", "asia"] as const;

/** The share of a crowd that comes after the last fault is over. */
const AFTERWARDS = 0.2;

/**
 * Who comes, when, and what they will do: a Poisson process, in the order of time. How many come until all is calm is a
 * matter of real time; who they are is not.
 */
export function* population(
  { clients, perSecond }: Crowd,
  rng: Rng,
  isCalm: () => boolean,
): Generator<Arrival, void> {
  const recent: BotPlan[] = [];
  let left = Math.ceil(AFTERWARDS * clients);
  let at = 0;
  for (let index = 0; left > 0; index++) {
    if (index >= clients - left && isCalm()) left--;
    // Who comes because a machine did not keep up is not to make it slower still.
    at += rng.exponential((index < clients ? 1_000 : 2_000) / perSecond);
    // Now and then somebody comes twice: with another device, or because the first click seemed to do nothing.
    const isDouble = rng.chance(0.06) && index >= RECENT;
    const plan = isDouble ? again(recent.at(-rng.int(1, RECENT))!, index, rng) : newcomer(index, rng);
    recent.push(plan);
    if (recent.length > RECENT) recent.shift();
    yield { at: Math.round(at), plan };
  }
}

function newcomer(index: number, rng: Rng): BotPlan {
  const queue = rng.pick(QUEUES);
  const size = queue === "duo" && rng.chance(0.4) ? 2 : 1;
  const players = Array.from({ length: size }, (_, place): SoakPlayer => ({
    id: `p${index}${place === 0 ? "" : `-${place}`}`,
    rating: Math.round(rng.normal(1_500, 200)),
    deviation: rng.int(30, 350),
    attributes: {
      blockList: Array.from({ length: rng.int(0, 3) }, () => `p${index - rng.int(1, 40)}`),
      tier: rng.pick(["guest", "member", "patron"]),
    },
  }));
  const temper = rng.float();
  return {
    queue,
    region: rng.pick(REGIONS),
    players,
    requestId: rng.chance(0.95) ? `r${index}` : undefined,
    onDuplicate: "reject",
    patienceMs: Math.round(rng.chance(0.1) ? rng.int(1, 100) : 1_000 + rng.exponential(2_500)),
    goneAfterMs: rng.chance(0.03) ? rng.int(50, 2_000) : Infinity,
    temper: temper < 0.85 ? "accepts" : temper < 0.95 ? "declines" : "silent",
  };
}

function again(plan: BotPlan, index: number, rng: Rng): BotPlan {
  const [first] = plan.players;
  return {
    ...plan,
    players: first && rng.chance(0.5) ? [first] : plan.players,
    requestId: `r${index}`,
    onDuplicate: rng.pick(["reject", "return", "replace"] as const),
  };
}
