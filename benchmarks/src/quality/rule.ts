import type { Millis } from "@evenmatch/core";
import type { Trace } from "./trace.js";

/** A rule by which players are paired, ours or that of others. */
export interface Rule {
  readonly name: string;
  /** Sits down at a table; nobody has come yet. */
  readonly start: (table: Table) => Play;
}

/** What a rule sees and does while it plays a trace. It looks at nobody who has not arrived. */
export interface Table {
  readonly trace: Trace;
  /** Matches two who wait. */
  readonly pair: (one: number, other: number, now: Millis) => void;
}

/** A rule at work on a trace; players are known by their place in it. */
export interface Play {
  /** Somebody arrives. Everything that was due at this instant or earlier has happened. */
  arrives(who: number, now: Millis): void;
  /** The next instant at which it wants to be woken if nobody comes; `Infinity` if never. */
  readonly due: Millis;
  /** It is the instant that was due. */
  wakes(now: Millis): void;
}
