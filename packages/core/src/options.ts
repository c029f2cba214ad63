import { EvenmatchError, type ErrorCode } from "./errors.js";

/** Checks of plain values; each throws an error that states the rule, the value received and the remedy. */

export function invalid(code: ErrorCode, rule: string, received: unknown, remedy: string): EvenmatchError {
  return new EvenmatchError(code, { rule, received, remedy });
}

/** Throws `INVALID_OPTIONS` for an option that is not what its rule says. */
export function check(holds: boolean, name: string, rule: string, received: unknown): asserts holds {
  if (!holds)
    throw invalid("INVALID_OPTIONS", `${name} is ${rule}`, received, `Set ${name} to such a value.`);
}

export function nonNegative(name: string, value: unknown): number {
  check(Number.isFinite(value) && (value as number) >= 0, name, "a finite number of 0 or more", value);
  return value as number;
}

export function wholeAtLeast(least: number, name: string, value: unknown): number {
  check(
    Number.isSafeInteger(value) && (value as number) >= least,
    name,
    `a whole number of ${least} or more`,
    value,
  );
  return value as number;
}

/** A span of time that may be left out, in whole milliseconds of at least 1. */
export function optionalMillis(name: string, value: unknown): number {
  return value === undefined || value === Infinity ? Infinity : wholeAtLeast(1, name, value);
}

/** One of some texts. */
export function oneOf<Value extends string>(name: string, values: readonly Value[], value: unknown): Value {
  check(values.includes(value as Value), name, `one of ${values.join(", ")}`, value);
  return value as Value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What a call is given beside its subject. Throws `INVALID_OPTIONS` for what is no object, or has a signal that is none. */
export function callOptions<Options extends { readonly signal?: AbortSignal | undefined }>(
  options: Options = {} as Options,
): Options {
  check(isObject(options), "what a call is given last", "an object", options);
  // By what it can do: a signal of another window is one too.
  const { throwIfAborted, addEventListener } = (options.signal ?? {}) as Partial<AbortSignal>;
  const isSignal =
    options.signal === undefined ||
    (typeof throwIfAborted === "function" && typeof addEventListener === "function");
  check(isSignal, "signal", "an AbortSignal", options.signal);
  return options;
}

export function objectOf(
  name: string,
  value: unknown,
  known: readonly string[],
): Readonly<Record<string, unknown>> {
  if (!isObject(value))
    throw invalid("INVALID_OPTIONS", `${name} is an object`, value, "See the docs of its options.");
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw invalid(
        "INVALID_OPTIONS",
        `${name} has no option of this name`,
        key,
        `Known are ${known.join(", ")}.`,
      );
    }
  }
  return value;
}
