import type { Millis } from "@evenmatch/core";

/** Shorter than by default, so that a run sees pools move on and calls given up several times. */
export const LEASE_MS: Millis = 2_000;
export const TIMEOUT_MS: Millis = 1_500;

/** Everything that ended is kept to the end of the run: what is dumped then is evidence. */
export const KEPT = { retainMs: 3_600_000, dedupeMs: 3_600_000 };
