import type { Verdict } from "./check-history.js";

/** A run with faults counts from so many tickets, and so many faults while joins and claims were in flight. */
const LEAST_TICKETS = 2_000;
const LEAST_FAULTS = 3;

/** What was in flight when a fault struck. */
export interface Struck {
  readonly joinsInFlight: number;
  readonly claimsInFlight: number;
}

/** Why a run with faults shows too little, a sentence each; empty where it counts. */
export function shortfallsOf({ counts }: Verdict, faults: readonly Struck[]): string[] {
  const busy = faults.filter(({ joinsInFlight, claimsInFlight }) => joinsInFlight > 0 && claimsInFlight > 0);
  const shortfalls: string[] = [];
  if (counts.tickets < LEAST_TICKETS)
    shortfalls.push(`a run counts from ${LEAST_TICKETS} tickets, not ${counts.tickets}`);
  if (busy.length < LEAST_FAULTS)
    shortfalls.push(
      `a run counts from ${LEAST_FAULTS} faults that hit joins and claims in flight, not ${busy.length}`,
    );
  return shortfalls;
}
