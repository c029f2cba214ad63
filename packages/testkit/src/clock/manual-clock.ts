import type { Clock, Millis } from "@evenmatch/core";

/** Where a {@link ManualClock} starts, and when it complains. */
export interface ManualClockOptions {
  /** The instant at which the clock starts; 1,700,000,000,000 when left out. */
  readonly start?: Millis;
  /**
   * After so many real milliseconds in which a timer is pending and nobody advances, the clock warns; `Infinity`
   * never. 1,000 when left out.
   */
  readonly nagAfterMs?: number;
  /** Where the warning goes; `console.warn` when left out. */
  readonly warn?: (warning: string) => void;
}

interface Timer {
  readonly when: Millis;
  readonly order: number;
  /** Real time of setting. */
  readonly setAt: number;
  readonly run: () => void;
}

const START = 1_700_000_000_000;

/** So many turns in a row in which nothing touched the clock count as quiet. */
const QUIET_TURNS = 2;

/** Something that reads the clock in every turn for ever must not hold up a test for ever. */
const MOST_TURNS = 200;

/**
 * Match time that stands still until a test moves it. Trade-off: nothing in a test takes real time, and every timer
 * sees exactly its own instant; in exchange a test that waits for a timer has to advance the clock, and is told so
 * when it does not.
 *
 * | state | what happens |
 * |---|---|
 * | standing | `now()` stays as it is; a timer set for now or earlier runs in the next turn of the event loop |
 * | standing, a timer pending for `nagAfterMs` of real time | one warning says which instant is waited for |
 * | advancing | timers run by instant, ties in the order of setting; after each the clock settles |
 *
 * **Settling** gives the event loop real turns (`setImmediate`) until the work inside this process is quiet. One
 * turn runs every promise continuation that is ready, and all that those make ready, however long the chain. Turns
 * go on until two in a row have passed in which nobody read the clock, set a timer or cancelled one; after 200 turns
 * they end in any case. So it waits for promises, microtasks, `process.nextTick`, and short chains of
 * `setImmediate`. It does not wait for what comes from outside: sockets, files, worker threads, other processes
 * and real timers; for those, await the answer itself, then advance.
 */
export class ManualClock implements Clock {
  readonly #start: Millis;
  readonly #nagAfterMs: number;
  readonly #warn: (warning: string) => void;
  /** By instant, then by order of setting. */
  readonly #timers: Timer[] = [];
  #now: Millis;
  #order = 0;
  /** How often anything has touched the clock. */
  #touched = 0;
  #advances: Promise<void> = Promise.resolve();
  #advancing = 0;
  #nag: ReturnType<typeof setTimeout> | undefined;
  #nagged = false;
  /** Real time since when nobody has advanced. */
  #standsSince = performance.now();

  constructor({ start = START, nagAfterMs = 1_000, warn = console.warn }: ManualClockOptions = {}) {
    this.#start = this.#now = checkedInstant("start", start);
    this.#nagAfterMs = nagAfterMs;
    this.#warn = warn;
  }

  now(): Millis {
    this.#touched++;
    return this.#now;
  }

  /** Match time since the start, so what is measured with it takes no time unless the test advances meanwhile. */
  stopwatch(): number {
    return this.#now - this.#start;
  }

  /** Timers at `Infinity` never run and are not counted as pending. Throws `RangeError` for NaN. */
  at(when: Millis, run: () => void): () => void {
    if (Number.isNaN(when))
      throw rangeError("a timer is set for a number", when, "Pass an instant in milliseconds.");
    this.#touched++;
    if (when === Infinity) return () => {};
    const timer: Timer = { when, order: this.#order++, setAt: performance.now(), run };
    this.#timers.splice(this.#placeOf(timer), 0, timer);
    if (when <= this.#now) setImmediate(() => this.#take(timer)?.run());
    else this.#armNag();
    return () => {
      this.#touched++;
      this.#take(timer);
    };
  }

  /** How many timers are set and have not run yet. */
  get pending(): number {
    return this.#timers.length;
  }

  /** The instant of the next timer; `Infinity` when there is none. */
  get next(): Millis {
    return this.#timers[0]?.when ?? Infinity;
  }

  /**
   * Moves the clock by so many milliseconds; see {@link advanceTo}. A call while another is under way goes on from
   * where that one ends. Throws `RangeError` unless `ms` is a whole number of 0 or more.
   */
  advance(ms: Millis): Promise<void> {
    if (!(Number.isSafeInteger(ms) && ms >= 0)) {
      throw rangeError("a clock advances by whole milliseconds", ms, "Pass 0 or more.");
    }
    return this.#queue(() => this.#now + ms);
  }

  /**
   * Moves the clock to an instant. It settles first; then each timer that is due by then runs with `now()` at its
   * instant, and the clock settles again before the next one, so a timer that this sets is due in its turn. Resolves
   * when the clock stands at `instant` and all is quiet; rejects with what a timer threw. An instant that has passed
   * only settles.
   */
  advanceTo(instant: Millis): Promise<void> {
    checkedInstant("instant", instant);
    return this.#queue(() => instant);
  }

  /** Lets everything run that is ready, timers set for now included, without moving the clock. */
  settle(): Promise<void> {
    return this.#queue(() => this.#now);
  }

  #queue(target: () => Millis): Promise<void> {
    this.#advancing++;
    this.#disarmNag();
    const advance = this.#advances.then(() => this.#advanceTo(target()));
    const over = (): void => {
      if (--this.#advancing > 0) return;
      this.#standsSince = performance.now();
      this.#nagged = false;
      this.#armNag();
    };
    this.#advances = advance.then(over, over);
    return advance;
  }

  async #advanceTo(target: Millis): Promise<void> {
    await this.#quiet();
    for (;;) {
      const timer = this.#timers[0];
      if (!timer || timer.when > target) break;
      this.#now = Math.max(this.#now, timer.when);
      this.#timers.shift();
      timer.run();
      await this.#quiet();
    }
    this.#now = Math.max(this.#now, target);
  }

  async #quiet(): Promise<void> {
    for (let turn = 0, quiet = 0; turn < MOST_TURNS && quiet < QUIET_TURNS; turn++) {
      const before = this.#touched;
      await new Promise<void>((resolve) => void setImmediate(resolve));
      quiet = this.#touched === before ? quiet + 1 : 0;
    }
  }

  /** Takes a timer out; `undefined` when it has run or was cancelled. */
  #take(timer: Timer): Timer | undefined {
    const place = this.#placeOf(timer);
    if (this.#timers[place] !== timer) return undefined;
    this.#timers.splice(place, 1);
    return timer;
  }

  #placeOf({ when, order }: Timer): number {
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#timers[middle] as Timer;
      if (other.when < when || (other.when === when && other.order < order)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #armNag(afterMs = this.#nagAfterMs): void {
    if (this.#nag || this.#nagged || this.#advancing > 0 || this.#timers.length === 0 || afterMs === Infinity)
      return;
    this.#nag = setTimeout(() => this.#nagNow(), afterMs);
    // A process that has nothing else to do may end.
    this.#nag.unref();
  }

  #disarmNag(): void {
    clearTimeout(this.#nag);
    this.#nag = undefined;
  }

  #nagNow(): void {
    this.#nag = undefined;
    const stands = (timer: Timer): number => performance.now() - Math.max(timer.setAt, this.#standsSince);
    const longest = this.#timers.reduce((most, timer) => Math.max(most, stands(timer)), 0);
    // Real timers fire up to a millisecond early, and the timer for which this one was armed may be gone.
    if (longest < this.#nagAfterMs - 1) return this.#armNag(this.#nagAfterMs - longest);
    this.#nagged = true;
    const left = this.next - this.#now;
    this.#warn(
      `ManualClock: a timer has waited for ${this.next} for ${Math.round(longest)} ms of real time, ` +
        `but the clock stands at ${this.#now} and nobody advances it. Call await clock.advance(${left}), ` +
        `or await clock.advanceTo(${this.next}). ${this.pending} timer(s) pending.`,
    );
  }
}

function checkedInstant(name: string, value: Millis): Millis {
  if (Number.isSafeInteger(value)) return value;
  throw rangeError(`${name} is a whole number of milliseconds`, value, "Round it.");
}

function rangeError(rule: string, received: unknown, remedy: string): RangeError {
  return new RangeError(`${rule}, not ${String(received)}. ${remedy}`);
}
