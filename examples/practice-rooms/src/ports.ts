import { MemoryEventBus, MemoryTicketStore, type Matchmaker, type MatchmakerOptions } from "@evenmatch/core";
import type { Redis } from "ioredis";
import type { PracticeQueues } from "./queue.js";

/** Where tickets wait, how servers hear of matches, and how many wait. */
export interface Ports extends Pick<MatchmakerOptions<PracticeQueues>, "tickets" | "events"> {
  readonly countWaiting: (matchmaker: Matchmaker<PracticeQueues>) => Promise<number>;
}

/** The library's stores. */
export function ports(_redis: Redis, _prefix: string): Ports {
  return {
    tickets: new MemoryTicketStore(),
    events: new MemoryEventBus(),
    countWaiting: (matchmaker) => Promise.resolve(matchmaker.health().waiting),
  };
}
