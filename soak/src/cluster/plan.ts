import type { Millis } from "@evenmatch/core";
import { FAULT_STEPS, type FaultStep, type Rng } from "@evenmatch/testkit";
import type { Phase } from "../server/orders.js";
import type { Mix } from "./ground.js";

/** What every ground has, because it is done to server processes: kills with −9, and a stop for longer than a lease. */
export const KILL_WORKER = "kill-worker";
export const KILL_API = "kill-api";
export const FREEZE = "freeze";
/** A worker is killed and the store with it, at the same moment; the ground strikes too, with a fault of this name. */
export const KILL_BOTH = "kill-both";

/** A fault that the seed has laid out: it strikes in the first call of its step from an instant on. */
export interface PlannedFault {
  readonly kind: string;
  readonly step: FaultStep;
  readonly phase: Phase;
  /** Milliseconds after the run began. */
  readonly from: Millis;
}

/** A fault that has struck, and what was under way. */
export interface StruckFault extends PlannedFault {
  readonly at: Millis;
  readonly process: string;
  /** Whether a call of its step was held when it struck; else none came in time. */
  readonly isInStep: boolean;
  /** Joins and claims under way in the cluster's processes. */
  readonly joinsInFlight: number;
  readonly claimsInFlight: number;
}

/** What a process asks for that owns nothing. */
const REQUESTS = ["join", "leave", "answer"] as const satisfies readonly FaultStep[];
/** What only an owner does. */
const DECISIONS = FAULT_STEPS.filter((step) => !REQUESTS.some((request) => request === step));

/**
 * Spreads the faults of a run over its time and over the steps of a life. Nothing strikes in the first tenth, in which the
 * pools fill, and where the machine keeps up nothing in the last fifth.
 */
export function planFaults(
  { faults, phase, steps: all = DECISIONS }: Mix,
  rng: Rng,
  length: Millis,
): PlannedFault[] {
  const kinds = rng.shuffle(
    Object.entries(faults).flatMap(([kind, count]) => Array<string>(count).fill(kind)),
  );
  const steps = {
    [KILL_WORKER]: deck(all, rng),
    [KILL_API]: deck(REQUESTS, rng),
    other: deck(FAULT_STEPS, rng),
  };
  const deckOf = (kind: string): (() => FaultStep) => {
    if (kind === KILL_API) return steps[KILL_API];
    return hitsOwners(kind) ? steps[KILL_WORKER] : steps.other;
  };
  return kinds.map((kind, index) => {
    const draw = deckOf(kind);
    return {
      kind,
      step: draw(),
      phase: phase ?? (rng.chance(0.5) ? "before" : "after"),
      from: Math.floor(length * (0.1 + (0.7 * (index + 0.5 * rng.float())) / kinds.length)),
    };
  });
}

/** Whether a fault is meant for a process that runs pools. */
export function hitsOwners(kind: string): boolean {
  return kind === KILL_WORKER || kind === KILL_BOTH || kind === FREEZE;
}

/** Draws one after the other, each once before any comes again. */
function deck(steps: readonly FaultStep[], rng: Rng): () => FaultStep {
  let left: FaultStep[] = [];
  return () => {
    if (left.length === 0) left = rng.shuffle(steps);
    return left.pop() as FaultStep;
  };
}
