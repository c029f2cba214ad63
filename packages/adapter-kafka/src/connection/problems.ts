import type { Clock, EvenmatchError, Millis } from "@evenmatch/core";
import { asEvenmatchError } from "@evenmatch/core/adapter";

/** Where nobody listens, a problem of one kind is warned of once in so long. */
const SILENCE: Millis = 60_000;

/** What `process.emitWarning` does. */
type Warn = (error: Error) => void;

/**
 * Tells of problems by what the application gave for it. Whatever that throws, or rejects with, is warned of and harms
 * nothing: it is called from the midst of reading. Where nothing was given, what does not pass by itself is warned of.
 */
export function problemTeller(
  onProblem: ((error: EvenmatchError) => unknown) | undefined,
  clock: Clock,
  warn: Warn = (error) => process.emitWarning(error),
): (error: EvenmatchError) => void {
  if (!onProblem) return seldom(clock, warn);
  const refuse = (cause: unknown): void =>
    warn(
      asEvenmatchError(cause, "LISTENER_FAILED", {
        rule: "`onProblem` does not throw",
        remedy: "Nobody was told of a problem; mend the function.",
      }),
    );
  return (error) => {
    try {
      // It may be an async function, for all that its type says.
      Promise.resolve(onProblem(error)).catch(refuse);
    } catch (cause) {
      refuse(cause);
    }
  };
}

function seldom(clock: Clock, warn: Warn): (error: EvenmatchError) => void {
  /** By what is to be done, as there are few of that. */
  const silentUntil = new Map<string, Millis>();
  return (error) => {
    const now = clock.now();
    if (error.retryable || now < (silentUntil.get(error.remedy) ?? -Infinity)) return;
    silentUntil.set(error.remedy, now + SILENCE);
    warn(error);
  };
}
