import {
  Adaptive,
  blockList,
  Fifo,
  OneVsOne,
  Relaxation,
  RelaxingBlitz,
  SeededBracket,
  TeamBalance,
  type Allocate,
  type Millis,
  type PlayerWith,
} from "@evenmatch/core";
import type { Rng } from "@evenmatch/testkit";
import { setTimeout as pause } from "node:timers/promises";

/** Somebody who plays in a soak run: carries what any of its queues reads. */
export type SoakPlayer = PlayerWith<{ blockList: "string[]"; tier: "string" }>;

/** Every ticket ends after so long, so that every run comes to an end. */
export const TICKET_TTL: Millis = 6_000;

/** Clients of the queue `duo` end with their heartbeats. */
export const HEARTBEAT: Millis = 3_000;

/** The queues of a server process: one for each way through the life of a ticket, quick enough for real time. */
export function soakQueues(rng: Rng) {
  return {
    classic: { strategy: new OneVsOne({ maxRatingGap: 150 }), ticketTtlMs: TICKET_TTL },
    blitz: {
      strategy: new RelaxingBlitz({
        ratingGap: 50,
        widenBy: 50,
        widenEveryMs: 200,
        upTo: 400,
        forceAfterMs: 2_000,
      }),
      waveMs: 100,
      ticketTtlMs: TICKET_TTL,
    },
    ready: {
      strategy: new Adaptive({ pointsPerSecond: 400 }),
      limits: [blockList()],
      acceptance: { timeoutMs: 1_000 },
      ticketTtlMs: TICKET_TTL,
    },
    hosted: {
      strategy: new Fifo({
        priority: { attribute: "tier", order: ["patron", "member"], boostAfterMs: 1_000 },
      }),
      allocator: { allocate: flakyAllocator(rng), timeoutMs: 200, retries: 1, retryDelayMs: 20 },
      ticketTtlMs: TICKET_TTL,
    },
    duo: {
      strategy: new TeamBalance({
        teams: 2,
        teamSize: 2,
        maxRatingSpread: Relaxation.line({ from: 300, to: 1_000, overMs: 2_000 }),
      }),
      limits: [blockList()],
      heartbeatMs: HEARTBEAT,
      ticketTtlMs: TICKET_TTL,
    },
    cup: {
      strategy: new SeededBracket({ sizes: [4, 8], fillMs: 1_000, byes: true }),
      ticketTtlMs: TICKET_TTL,
    },
  };
}

export type SoakQueues = ReturnType<typeof soakQueues>;
export type QueueName = keyof SoakQueues;

/** Starts a game server most of the time; else throws, takes too long, or never answers. */
function flakyAllocator(rng: Rng): Allocate {
  return async (match) => {
    const fate = rng.float();
    if (fate < 0.1) throw new Error("no game server is free");
    if (fate < 0.2) return new Promise(() => {});
    await pause(rng.int(1, fate < 0.3 ? 400 : 30));
    return { server: `server of ${match.id}` };
  };
}
