import type { Match, Matchmaker } from "@evenmatch/core";
import type { Redis } from "ioredis";
import { QUEUE, type PracticeQueues } from "./queue.js";
import { pause } from "./time.js";

/** All servers are one group: each match goes to one of them. */
const GROUP = "journal";

/** How long after a failure it is listened again, in ms; and how long a match is remembered to be written, in s. */
const REST = 1_000;
const REMEMBERED = 24 * 60 * 60;

interface Surroundings {
  readonly matchmaker: Matchmaker<PracticeQueues>;
  readonly redis: Redis;
  readonly prefix: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/**
 * Writes down every match that happens, as they form, whichever server made it. What comes at least once, as after a
 * server has died in the middle of it, is written once: Redis knows which.
 */
export async function keepJournal(
  { matchmaker, redis, prefix, signal }: Surroundings,
  write: (match: Match) => void,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const match of matchmaker.matches({ queue: QUEUE, group: GROUP, signal })) {
        const key = `{${prefix}}:journal:${match.id}`;
        if ((await redis.set(key, 1, "EX", REMEMBERED, "NX")) === "OK") write(match);
      }
    } catch {
      // Redis is away: what was not written yet comes again when it is back.
      if (!signal.aborted) await pause(REST);
    }
  }
}
