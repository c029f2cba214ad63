import {
  Adaptive,
  blockList,
  Fifo,
  OneVsOne,
  type PlayerWith,
  recentOpponents,
  Relaxation,
  RelaxingBlitz,
  SeededBracket,
  StrictOneVsOne,
  TeamBalance,
  type Allocate,
  type Millis,
} from "@evenmatch/core";
import type { Rng } from "../random/seeded.js";

/** Somebody who plays in a simulation: carries what any of its queues reads. */
export type SimulatedPlayer = PlayerWith<{
  blockList: "string[]";
  recentOpponents: "record";
  tier: "string";
}>;

/** A ticket of the simulation ends as expired after so long, so that every run comes to an end. */
export const TICKET_TTL: Millis = 30_000;

/** Clients of the queue `duo` end with their heartbeats. */
export const HEARTBEAT: Millis = 8_000;

/**
 * The queues of a simulated process: one for each way through the life of a ticket, and for each strategy, with limits
 * that never give way and limits that do.
 */
export function simulatedQueues({
  rng,
  pause,
}: {
  readonly rng: Rng;
  readonly pause: (delay: Millis) => Promise<void>;
}) {
  return {
    classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), ticketTtlMs: TICKET_TTL },
    strict: {
      strategy: new StrictOneVsOne({ maxRatingGap: 60 }),
      limits: [recentOpponents({ count: 3, withinMs: 6_000 })],
      ticketTtlMs: TICKET_TTL,
    },
    blitz: {
      strategy: new RelaxingBlitz({
        ratingGap: 50,
        widenBy: 50,
        widenEveryMs: 1_000,
        upTo: 400,
        forceAfterMs: 8_000,
      }),
      limits: [recentOpponents({ withinMs: 4_000 })],
      waveMs: 250,
      ticketTtlMs: TICKET_TTL,
    },
    ready: {
      strategy: new Adaptive({ pointsPerSecond: 100 }),
      limits: [blockList(), recentOpponents({ count: 2 })],
      acceptance: { timeoutMs: 2_000 },
      ticketTtlMs: TICKET_TTL,
    },
    hosted: {
      strategy: new Fifo({
        priority: { attribute: "tier", order: ["patron", "member"], boostAfterMs: 3_000 },
      }),
      allocator: { allocate: flakyAllocator(rng, pause), timeoutMs: 400, retries: 1, retryDelayMs: 50 },
      ticketTtlMs: TICKET_TTL,
    },
    duo: {
      strategy: new TeamBalance({
        teams: 2,
        teamSize: 2,
        maxRatingSpread: Relaxation.line({ from: 200, to: 800, overMs: 6_000 }),
        uncertaintyWeight: 0.5,
      }),
      limits: [blockList()],
      heartbeatMs: HEARTBEAT,
      ticketTtlMs: TICKET_TTL,
    },
    cup: {
      strategy: new SeededBracket({ sizes: [4, 8], fillMs: 3_000, byes: true }),
      limits: [blockList()],
      ticketTtlMs: TICKET_TTL,
    },
  };
}

export type SimulatedQueues = ReturnType<typeof simulatedQueues>;

/** Starts a game server most of the time; else throws, takes too long, or never answers. */
function flakyAllocator(rng: Rng, pause: (delay: Millis) => Promise<void>): Allocate {
  return async (match) => {
    const fate = rng.float();
    if (fate < 0.1) throw new Error("no game server is free");
    if (fate < 0.2) return new Promise(() => {});
    await pause(rng.int(1, fate < 0.3 ? 800 : 100));
    return { server: `server of ${match.id}` };
  };
}
