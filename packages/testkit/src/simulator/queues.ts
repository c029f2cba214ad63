import { Fifo, OneVsOne, type Allocate, type Millis } from "@evenmatch/core";
import type { Rng } from "../random/seeded.js";

/** A ticket of the simulation ends as expired after so long, so that every run comes to an end. */
export const TICKET_TTL: Millis = 30_000;

/** Clients of the queue `duo` end with their heartbeats. */
export const HEARTBEAT: Millis = 8_000;

/** The queues of a simulated process: one for each way through the life of a ticket. */
export function simulatedQueues({
  rng,
  pause,
}: {
  readonly rng: Rng;
  readonly pause: (delay: Millis) => Promise<void>;
}) {
  return {
    classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), ticketTtlMs: TICKET_TTL },
    ready: {
      strategy: new OneVsOne({ maxRatingGap: 200 }),
      acceptance: { timeoutMs: 2_000 },
      ticketTtlMs: TICKET_TTL,
    },
    hosted: {
      strategy: new Fifo(),
      allocator: { allocate: flakyAllocator(rng, pause), timeoutMs: 400, retries: 1, retryDelayMs: 50 },
      ticketTtlMs: TICKET_TTL,
    },
    duo: { strategy: new Fifo({ teams: 2, teamSize: 2 }), heartbeatMs: HEARTBEAT, ticketTtlMs: TICKET_TTL },
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
