import type { Millis } from "@evenmatch/core";
import type { Rng } from "../random/seeded.js";
import { FAULT_STEPS, type Step } from "./step.js";

/** What a run does to its processes and to the calls between them and the store. */
export interface FaultOptions {
  /** Processes killed in the middle of a call; 0 when left out. */
  readonly kills?: number;
  /** Connections cut in the middle of a call; 0 when left out. */
  readonly cuts?: number;
  /** How likely a call never reaches the store. */
  readonly fails?: number;
  /** How likely the answer of a call is lost. */
  readonly losesAnswer?: number;
  /** How likely a call is held up for up to a second. */
  readonly delays?: number;
  /** How likely a call reaches the store again, some time later. */
  readonly repeats?: number;
}

/** A fault that calls meet by chance, any of them; kills and cuts are laid out instead. */
export type CallFault = Exclude<keyof FaultOptions, "kills" | "cuts">;

/** How many faults of each kind have struck. */
export type FaultCounts = Readonly<Record<keyof FaultOptions, number>>;

/** The kinds of fault that were asked for and never struck, a sentence each. */
export function unseenKinds(asked: FaultOptions, struck: FaultCounts): string[] {
  const kinds = Object.keys(struck) as (keyof FaultOptions)[];
  const unseen = kinds.filter((kind) => (asked[kind] ?? 0) > 0 && struck[kind] === 0);
  return unseen.map((kind) => `a run counts from 1 fault of each kind that it asks for, not 0 of ${kind}`);
}

/** A fault that the seed has laid out: it strikes at the first call of its step from an instant on. */
export interface PlannedFault {
  readonly kind: "kill" | "cut";
  readonly step: Step;
  /** Whether the call has reached the store by then. */
  readonly phase: "before" | "after";
  readonly from: Millis;
}

/** A fault that has struck, and what was under way in the whole cluster. */
export interface StruckFault extends PlannedFault {
  readonly at: Millis;
  readonly process: string;
  readonly joinsInFlight: number;
  readonly claimsInFlight: number;
}

/** How long a fault waits for a moment in which joins and claims are in flight before it takes any, in ms. */
const PATIENCE = 10_000;

/** Spreads the faults of a run over its time and over the steps of a life, by the seed. */
export class FaultPlan {
  readonly struck: StruckFault[] = [];
  readonly #open: PlannedFault[];

  constructor({ kills = 0, cuts = 0 }: FaultOptions, rng: Rng, start: Millis, length: Millis) {
    const kinds = rng.shuffle([...Array<"kill">(kills).fill("kill"), ...Array<"cut">(cuts).fill("cut")]);
    const steps = rng.shuffle(FAULT_STEPS);
    this.#open = kinds.map((kind, index) => ({
      kind,
      step: steps[index % steps.length] as Step,
      phase: rng.chance(0.5) ? "before" : "after",
      // Nothing strikes in the first tenth, in which the pools fill, and in the last fifth, in which late ones may.
      from: start + Math.floor(length * (0.1 + (0.7 * (index + rng.float())) / kinds.length)),
    }));
  }

  /** The fault that strikes at a call now, if one does; it is taken out. */
  strike(
    {
      process,
      steps,
      now,
    }: { readonly process: string; readonly steps: readonly Step[]; readonly now: Millis },
    inFlight: { readonly joins: number; readonly claims: number },
    mayKill: boolean,
  ): StruckFault | undefined {
    const isBusy = inFlight.joins > 0 && inFlight.claims > 0;
    const index = this.#open.findIndex(
      ({ from, step, kind }) =>
        from <= now &&
        steps.includes(step) &&
        (isBusy || from + PATIENCE <= now) &&
        (mayKill || kind === "cut"),
    );
    const [planned] = index < 0 ? [] : this.#open.splice(index, 1);
    if (!planned) return undefined;
    const struck = {
      ...planned,
      at: now,
      process,
      joinsInFlight: inFlight.joins,
      claimsInFlight: inFlight.claims,
    };
    this.struck.push(struck);
    return struck;
  }
}
