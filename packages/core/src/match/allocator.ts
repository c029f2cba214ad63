import { unlessAborted } from "../abort.js";
import { pause, type Clock, type Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import { check, invalid, isObject, objectOf, wholeAtLeast } from "../options.js";
import type { Player } from "../ticket/player.js";
import type { Assignment, Match } from "./match.js";

/**
 * Finds or starts what a match is played on. Called at least once per match, so it answers the same match id with
 * the same assignment. The signal aborts when its time is up or the pool has a new owner.
 */
export type Allocate<P extends Player = Player> = (
  match: Match<P>,
  options: { readonly signal: AbortSignal },
) => Assignment | Promise<Assignment>;

/** An allocator with its deadline and retries. */
export interface AllocatorSettings<P extends Player = Player> {
  readonly allocate: Allocate<P>;
  /** One try takes no longer than so many milliseconds; 5,000 when left out. */
  readonly timeoutMs?: Millis;
  /** Tries after the first, before the match is released; 2 when left out. */
  readonly retries?: number;
  /** Milliseconds before the second try, doubled for each further one; 250 when left out. */
  readonly retryDelayMs?: Millis;
}

/** The function, or the function with settings. */
export type AllocatorOptions<P extends Player = Player> = Allocate<P> | AllocatorSettings<P>;

export type CheckedAllocator = Required<AllocatorSettings>;

export function checkedAllocator(name: string, options: unknown): CheckedAllocator | undefined {
  if (options === undefined) return undefined;
  const known = ["allocate", "timeoutMs", "retries", "retryDelayMs"];
  const settings = typeof options === "function" ? { allocate: options } : objectOf(name, options, known);
  const {
    allocate,
    timeoutMs = 5_000,
    retries = 2,
    retryDelayMs = 250,
  } = settings as Record<string, unknown>;
  check(typeof allocate === "function", name, "a function", allocate);
  return {
    allocate: allocate as Allocate,
    timeoutMs: wholeAtLeast(1, `${name}.timeoutMs`, timeoutMs),
    retries: wholeAtLeast(0, `${name}.retries`, retries),
    retryDelayMs: wholeAtLeast(1, `${name}.retryDelayMs`, retryDelayMs),
  };
}

/**
 * Asks the allocator until it answers, within its deadlines. Rejects with `ALLOCATION_FAILED` after the last try,
 * and with the signal's reason when that aborts.
 */
export async function assignmentOf(
  match: Match,
  { allocate, timeoutMs, retries, retryDelayMs }: CheckedAllocator,
  clock: Clock,
  signal: AbortSignal,
): Promise<Assignment> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await once(match, allocate, timeoutMs, clock, signal);
    } catch (cause) {
      signal.throwIfAborted();
      // The last try waits too: an allocator that fails at once must not have the same match formed in a circle.
      await pause(clock, retryDelayMs * 2 ** attempt, signal);
      if (attempt < retries) continue;
      throw new EvenmatchError("ALLOCATION_FAILED", {
        rule: `an allocator answers within ${timeoutMs} ms, at the latest at try ${retries + 1}`,
        remedy: "The match was released and its tickets go on waiting; mend the allocator.",
        retryable: true,
        cause,
      });
    }
  }
}

async function once(
  match: Match,
  allocate: Allocate,
  timeoutMs: Millis,
  clock: Clock,
  signal: AbortSignal,
): Promise<Assignment> {
  const late = new AbortController();
  const cancel = clock.at(clock.now() + timeoutMs, () =>
    late.abort(new Error(`no answer in ${timeoutMs} ms`)),
  );
  const either = AbortSignal.any([signal, late.signal]);
  try {
    signal.throwIfAborted();
    const answer = Promise.resolve(allocate(match, { signal: either }));
    const assignment: unknown = await unlessAborted(answer, either);
    if (!isObject(assignment))
      throw invalid("ALLOCATION_FAILED", "an assignment is an object", assignment, "Return one.");
    // What cannot be written down would fail the store at each try to settle.
    JSON.stringify(assignment);
    return assignment;
  } finally {
    cancel();
  }
}
