import type { Millis } from "../clock.js";
import { invalid, nonNegative, objectOf, wholeAtLeast } from "../options.js";

/** Waits longer than this, some 285,000 years, do not happen. */
const LONGEST_WAIT = Number.MAX_SAFE_INTEGER;

/**
 * How a limit widens with waiting: a pure curve of time that never falls. `at` says how wide it is after a wait, and
 * `reaches` when it is first wide enough, so that a strategy knows the next change without trying.
 *
 * @example
 * ```ts
 * import { Relaxation } from "@evenmatch/core";
 *
 * const gap = Relaxation.line({ from: 100, to: 500, overMs: 40_000 });
 * console.log(gap.at(10_000), gap.reaches(300)); // prints: 200 20000
 * ```
 */
export class Relaxation {
  readonly #at: (waitedMs: Millis) => number;

  private constructor(at: (waitedMs: Millis) => number) {
    this.#at = at;
  }

  /** Never widens. */
  static constant(value: number): Relaxation {
    nonNegative("a constant relaxation", value);
    return new Relaxation(() => value);
  }

  /** From `from`, wider by `by` after every `everyMs`, and never wider than `upTo`. */
  static steps(options: {
    readonly from: number;
    readonly by: number;
    readonly everyMs: Millis;
    readonly upTo?: number;
  }): Relaxation {
    const checked = objectOf("Relaxation.steps", options, ["from", "by", "everyMs", "upTo"]);
    const from = nonNegative("from", checked["from"]);
    const by = nonNegative("by", checked["by"]);
    const everyMs = wholeAtLeast(1, "everyMs", checked["everyMs"]);
    const upTo = checked["upTo"] === undefined ? Infinity : nonNegative("upTo", checked["upTo"]);
    if (by === 0) fires("by", by);
    if (upTo <= from) risesTo("upTo", upTo, from);
    return new Relaxation((waitedMs) => Math.min(upTo, from + by * Math.floor(waitedMs / everyMs)));
  }

  /** In a straight line from `from` to `to` over `overMs`, and `to` from then on. */
  static line(options: { readonly from: number; readonly to: number; readonly overMs: Millis }): Relaxation {
    const checked = objectOf("Relaxation.line", options, ["from", "to", "overMs"]);
    const from = nonNegative("from", checked["from"]);
    const to = nonNegative("to", checked["to"]);
    const overMs = wholeAtLeast(1, "overMs", checked["overMs"]);
    if (to <= from) risesTo("to", to, from);
    return new Relaxation((waitedMs) => (waitedMs >= overMs ? to : from + (to - from) * (waitedMs / overMs)));
  }

  /** Any curve that never falls, of the milliseconds waited. */
  static curve(at: (waitedMs: Millis) => number): Relaxation {
    if (typeof at !== "function") {
      throw invalid("INVALID_OPTIONS", "a curve is a function", at, "Pass (waitedMs) => width.");
    }
    return new Relaxation(at);
  }

  /** How wide after a wait, in whole milliseconds. */
  at(waitedMs: Millis): number {
    return this.#at(Math.max(0, waitedMs));
  }

  /** The shortest wait, in whole milliseconds, after which it is at least this wide; `Infinity` if never. */
  reaches(width: number): Millis {
    if (this.#at(0) >= width) return 0;
    if (!(this.#at(LONGEST_WAIT) >= width)) return Infinity;
    let short = 0;
    let long = 1;
    while (this.#at(long) < width) [short, long] = [long, Math.min(2 * long, LONGEST_WAIT)];
    while (long - short > 1) {
      const middle = short + Math.floor((long - short) / 2);
      if (this.#at(middle) < width) short = middle;
      else long = middle;
    }
    return long;
  }
}

function fires(name: string, received: unknown): never {
  const remedy = `Set ${name} above 0, or take a constant.`;
  throw invalid("INVALID_OPTIONS", "a relaxation fires", received, remedy);
}

function risesTo(name: string, received: unknown, from: number): never {
  const remedy = `Set ${name} above from, or take a constant.`;
  throw invalid("INVALID_OPTIONS", `a relaxation runs upwards from ${from}`, received, remedy);
}
