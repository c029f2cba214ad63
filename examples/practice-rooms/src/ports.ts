import { redisEventBus, redisTicketStore } from "@evenmatch/adapter-redis";
import type { MatchmakerOptions } from "@evenmatch/core";
import type { Redis } from "ioredis";
import { QUEUE, type PracticeQueues } from "./queue.js";

/** Where tickets wait, how servers hear of matches, and how many wait. */
export interface Ports {
  readonly stores: Required<Pick<MatchmakerOptions<PracticeQueues>, "tickets" | "events">>;
  readonly countWaiting: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** The library's stores on Redis. What they cannot tell a caller, `say` hears. */
export function portsOn(redis: Redis, prefix: string, say: (line: string) => void): Ports {
  const onError = ({ code, message }: { readonly code: string; readonly message: string }): void =>
    say(`${code}: ${message}`);
  const tickets = redisTicketStore(redis, { prefix, onProblem: onError });
  // At least once: each match is written into the journal, whichever server dies.
  const events = redisEventBus(redis, { prefix, onError });
  return {
    stores: { tickets, events },
    // The store keeps the live ticket of everybody who has one.
    countWaiting: () => redis.hlen(`{${prefix}:${QUEUE}}:players`),
    async close() {
      await Promise.all([tickets.close(), events.close()]);
    },
  };
}
