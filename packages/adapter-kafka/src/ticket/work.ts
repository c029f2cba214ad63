import type { Decision, DecisionOutcome, Lease, Millis } from "@evenmatch/core";
import type { RequestRecord } from "./requests.js";

/** A record of requests, and where it stands; without content where that could not be read. */
export interface TakenRequest {
  readonly offset: number;
  readonly record: RequestRecord | undefined;
}

/** Decisions of whoever runs a pool, and those who wait for their outcomes. */
export interface Deciding {
  readonly lease: Lease;
  readonly decisions: readonly Decision[];
  readonly now: Millis;
  readonly resolve: (outcomes: DecisionOutcome[]) => void;
  readonly reject: (error: Error) => void;
}

/** What the owner of a partition is asked to do next. */
export type Work = TakenRequest | Deciding;

/** Requests and decisions, each in their order. */
export function apart(works: readonly Work[]): {
  readonly requests: TakenRequest[];
  readonly decisions: Deciding[];
} {
  const requests: TakenRequest[] = [];
  const decisions: Deciding[] = [];
  for (const work of works) {
    if ("lease" in work) decisions.push(work);
    else requests.push(work);
  }
  return { requests, decisions };
}

/** Whether nobody waits for it: a delivered match is only no longer pending. */
export function hasTime(work: Work): boolean {
  return "lease" in work && work.decisions.every(({ type }) => type === "deliver");
}
