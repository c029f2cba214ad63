import type { Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import { invalid, nonNegative, objectOf, wholeAtLeast } from "../options.js";

/** Waits longer than this, some 285,000 years, do not happen. */
const LONGEST_WAIT = Number.MAX_SAFE_INTEGER;

/** Curves of the same height to so many parts of it are level: `Math.exp` and its like err in the last digit. */
const LEVEL = 1e-12;

/** Waits at which a curve is tried, each longer than the one before by this. */
const PROBED_BY = 1.04;

/** A relaxation in steps. */
export interface Steps {
  /** How wide at first. */
  readonly from: number;
  /** How much wider after each step. */
  readonly by: number;
  /** How long a step lasts. */
  readonly everyMs: Millis;
  /** It gets no wider than this; it has no bound when left out. */
  readonly upTo?: number;
}

/**
 * How a gap or a spread widens with waiting: a pure curve of time that never falls. `at` says how wide it is after a wait, and
 * `reaches` when it is first wide enough, so that a strategy knows the next change without trying.
 *
 * @example
 * ```ts
 * import { Relaxation } from "@evenmatch/core";
 *
 * const line = Relaxation.line({ from: 100, to: 500, overMs: 40_000 });
 * console.log(line.at(10_000), line.reaches(300)); // prints: 200 20000
 *
 * const steps = Relaxation.steps({ from: 100, by: 50, everyMs: 5_000, upTo: 400 });
 * console.log(steps.at(9_999), steps.at(10_000), steps.reaches(400)); // prints: 150 200 30000
 *
 * const curve = Relaxation.curve((waitedMs) => 100 + Math.sqrt(waitedMs));
 * console.log(curve.at(10_000), curve.reaches(300)); // prints: 200 40000
 * ```
 */
export class Relaxation {
  /** The widest it ever gets; `Infinity` or a very large number where it has no bound. */
  readonly widest: number;
  /** The shortest wait after which it is wider than at first; `Infinity` for a constant. */
  readonly widensAt: Millis;
  readonly #at: (waitedMs: Millis) => number;
  readonly #guess: (width: number) => Millis;

  /** `guess` says about when a width is reached; what it says decides how long the search takes, and nothing else. */
  private constructor(at: (waitedMs: Millis) => number, guess: (width: number) => Millis) {
    this.#at = at;
    this.#guess = guess;
    this.widest = this.at(LONGEST_WAIT);
    const first = this.at(0);
    this.widensAt = this.#search((width) => width > first, 1);
  }

  /** Never widens. Throws `INVALID_OPTIONS` for anything but a finite number of 0 or more. */
  static constant(value: number): Relaxation {
    nonNegative("a constant relaxation", value);
    return new Relaxation(
      () => value,
      () => 0,
    );
  }

  /**
   * From `from`, wider by `by` after every `everyMs`, and never wider than `upTo`; without it there is no bound.
   *
   * Throws `INVALID_OPTIONS` for negative numbers, a step that is not a whole number of milliseconds, steps that
   * widen nothing, and a bound that is not above `from`.
   */
  static steps(options: Steps): Relaxation {
    objectOf("Relaxation.steps", options, ["from", "by", "everyMs", "upTo"]);
    const names = { from: "from", by: "by", everyMs: "everyMs", upTo: "upTo" };
    const { from, by, everyMs, upTo = Infinity } = checkedSteps(options, names);
    return new Relaxation(
      (waitedMs) => Math.min(upTo, from + by * Math.floor(waitedMs / everyMs)),
      (width) => Math.ceil((width - from) / by) * everyMs,
    );
  }

  /**
   * In a straight line from `from` to `to` over `overMs`, and `to` from then on.
   *
   * Throws `INVALID_OPTIONS` for negative numbers, a time that is not a whole number of milliseconds, and a line that
   * does not rise.
   */
  static line(options: { readonly from: number; readonly to: number; readonly overMs: Millis }): Relaxation {
    const checked = objectOf("Relaxation.line", options, ["from", "to", "overMs"]);
    const from = nonNegative("from", checked["from"]);
    const to = nonNegative("to", checked["to"]);
    const overMs = wholeAtLeast(1, "overMs", checked["overMs"]);
    if (to <= from) throw runsUpwards("to", to, "from", from);
    return new Relaxation(
      // Divided last, so that whole widths are met to the millisecond. Rounding may pass the end of the line.
      (waitedMs) => (waitedMs >= overMs ? to : Math.min(to, from + ((to - from) * waitedMs) / overMs)),
      (width) => Math.ceil(((width - from) * overMs) / (to - from)),
    );
  }

  /**
   * Any curve that never falls, of the milliseconds waited; it may end at `Infinity`.
   *
   * Throws `INVALID_OPTIONS` when at one of some 900 waits that are tried the curve throws, is no number of 0 or
   * more, or is lower than before, and when it never widens. A fault between those is found when it is met: `at` and
   * `reaches` throw the same error then, never an answer that is wrong.
   */
  static curve(at: (waitedMs: Millis) => number): Relaxation {
    if (typeof at !== "function") {
      throw invalid("INVALID_OPTIONS", "a curve is a function", at, "Pass (waitedMs) => width.");
    }
    probe(at);
    const curve = new Relaxation(at, () => 1);
    if (curve.widensAt === Infinity) throw widensSomething("the curve", curve.widest);
    return curve;
  }

  /** How wide after a wait, in whole milliseconds; a wait below 0 counts as 0. */
  at(waitedMs: Millis): number {
    return checked(this.#at(Math.max(0, waitedMs)), waitedMs);
  }

  /** The shortest wait, in whole milliseconds, after which it is at least this wide; `Infinity` if never. */
  reaches(width: number): Millis {
    return this.#search((reached) => reached >= width, this.#guess(width));
  }

  /**
   * The first wait after which the width is enough.
   *
   * 1. Try the guess, then further and further away from it, in steps that double, until a wait is too short and
   *    another long enough.
   * 2. Halve what is between them until they are neighbours.
   *
   * Cost: O(log e) for a guess that is wrong by e ms: two points of the curve where it is right.
   */
  #search(isEnough: (width: number) => boolean, guess: Millis): Millis {
    if (isEnough(this.at(0))) return 0;
    if (!isEnough(this.widest)) return Infinity;
    let short = 0;
    let long = LONGEST_WAIT;
    let [below, above] = [this.at(0), this.widest];
    let probed = guess;
    for (let step = 1; long - short > 1; step *= 2) {
      if (!(probed > short && probed < long)) probed = short + Math.floor((long - short) / 2);
      const width = this.at(probed);
      if (falls(below, width) || falls(width, above)) throw runsBackwards(probed, width);
      if (isEnough(width)) [long, above] = [probed, width];
      else [short, below] = [probed, width];
      probed = short === 0 ? long - step : long === LONGEST_WAIT ? short + step : 0;
    }
    return long;
  }
}

/** Checks the options of steps, which may have come under other names; messages use those. */
export function checkedSteps(
  options: Readonly<Partial<Record<keyof Steps, unknown>>>,
  names: Readonly<Record<keyof Steps, string>>,
): Steps {
  const from = nonNegative(names.from, options.from);
  const by = nonNegative(names.by, options.by);
  const everyMs = wholeAtLeast(1, names.everyMs, options.everyMs);
  // So small a step is lost in rounding, or so rare that nobody lives to see it.
  if (from + by * Math.floor(LONGEST_WAIT / everyMs) === from) throw widensSomething(names.by, by);
  if (options.upTo === undefined) return { from, by, everyMs };
  const upTo = nonNegative(names.upTo, options.upTo);
  if (upTo <= from) throw runsUpwards(names.upTo, upTo, names.from, from);
  return { from, by, everyMs, upTo };
}

/** Tries a curve at 0, 1, 2, …, and from there in steps of a few parts in a hundred, to the longest wait. */
function probe(at: (waitedMs: Millis) => number): void {
  let before = 0;
  for (let waitedMs = 0; ; waitedMs = Math.min(LONGEST_WAIT, Math.ceil((waitedMs + 1) * PROBED_BY - 1))) {
    let width: number;
    try {
      width = at(waitedMs);
    } catch (cause) {
      const rule = "a relaxation is a number of 0 or more after every wait, and the curve threw";
      throw new EvenmatchError("INVALID_OPTIONS", { rule, received: { waitedMs }, remedy: MEND, cause });
    }
    checked(width, waitedMs);
    if (falls(before, width)) throw runsBackwards(waitedMs, width);
    if (waitedMs === LONGEST_WAIT) return;
    before = width;
  }
}

const MEND = "Mend the curve: it gets milliseconds waited, and returns a width that never falls.";

function checked(width: number, waitedMs: Millis): number {
  if (typeof width === "number" && width >= 0) return width;
  const rule = "a relaxation is a number of 0 or more after every wait";
  throw invalid("INVALID_OPTIONS", rule, { waitedMs, width }, MEND);
}

function falls(before: number, after: number): boolean {
  return after < before && !(after >= before * (1 - LEVEL));
}

function runsBackwards(waitedMs: Millis, width: number): EvenmatchError {
  const rule = "a relaxation never runs backwards, and the curve falls";
  return invalid("INVALID_OPTIONS", rule, { waitedMs, width }, MEND);
}

function widensSomething(name: string, received: unknown): EvenmatchError {
  const remedy = `Let ${name} widen it, or take Relaxation.constant.`;
  return invalid("INVALID_OPTIONS", "a relaxation widens, and this one never does", received, remedy);
}

function runsUpwards(name: string, received: number, start: string, from: number): EvenmatchError {
  const rule = `a relaxation runs upwards, and ${name} is above ${start}, ${from}`;
  return invalid("INVALID_OPTIONS", rule, received, `Set ${name} higher, or take Relaxation.constant.`);
}
