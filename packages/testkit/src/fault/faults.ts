import { EvenmatchError, type Clock, type Millis } from "@evenmatch/core";
import { isSubscription } from "./subscription.js";

/**
 * What goes wrong with one call of a port. A call that is an iterable (`own`) fails, waits or stops at its first
 * event; `end` and `cut` are for iterables alone, `repeat` and `lose-answer` for calls that answer. A subscription is
 * never made twice, and it is closed where its answer is lost, because nobody else could close it.
 *
 * | fault | the store | the caller |
 * |---|---|---|
 * | `fail` | is not called | gets a retryable error |
 * | `delay` | is called later | waits |
 * | `repeat` | is called twice | gets the second answer |
 * | `lose-answer` | is called | gets a retryable error |
 * | `stop-before` | is not called | waits forever |
 * | `stop-after` | is called | waits forever |
 * | `end` | gets the iterator back after some events | sees the iteration end |
 * | `cut` | gets the iterator back after some events | gets a retryable error |
 */
export type Fault =
  | { readonly type: "fail" | "repeat" | "lose-answer" | "stop-before" | "stop-after" }
  | { readonly type: "delay"; readonly ms: Millis }
  | { readonly type: "end" | "cut"; readonly afterEvents: number };

/** A call about to be made. */
export interface FaultyCall {
  readonly method: string;
  /** How many calls of this method came before. */
  readonly index: number;
  readonly args: readonly unknown[];
}

/** Says what goes wrong with a call; `undefined` for nothing. */
export type FaultPlan = (call: FaultyCall) => Fault | undefined;

/** A plan by method and place: the n-th entry is for the n-th call, and what lies beyond goes well. */
export function scriptedFaults(script: Readonly<Record<string, readonly (Fault | undefined)[]>>): FaultPlan {
  return ({ method, index }) => (Object.hasOwn(script, method) ? script[method]?.[index] : undefined);
}

/** How a plan by chance is made. */
export interface ChanceOfFaults {
  /** How likely a call goes wrong, from 0 to 1; by method, or one for all. */
  readonly probability: number | Readonly<Record<string, number>>;
  /** What may happen, each as likely as the others. */
  readonly faults: readonly [Fault, ...Fault[]];
}

/** A plan by chance, which the same source of chance repeats: `next` gives numbers from 0 up to but not including 1. */
export function randomFaults(next: () => number, { probability, faults }: ChanceOfFaults): FaultPlan {
  return ({ method }) => {
    const likely = typeof probability === "number" ? probability : (probability[method] ?? 0);
    // Always two draws, so that what one call meets does not move what later calls meet.
    const [isHit, which] = [next() < likely, Math.floor(next() * faults.length)];
    return isHit ? faults[which] : undefined;
  };
}

/**
 * A port whose calls go wrong as planned. Everything else about it, its properties too, is the port's own.
 *
 * @param clock what delays are waited for on
 */
export function withFaults<Port extends object>(port: Port, plan: FaultPlan, clock: Clock): Port {
  const counts = new Map<string, number>();
  return new Proxy(port, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function" || typeof name !== "string") return value;
      return (...args: unknown[]): unknown => {
        const index = counts.get(name) ?? 0;
        counts.set(name, index + 1);
        const call = (): unknown => Reflect.apply(value, target, args) as unknown;
        const fault = plan({ method: name, index, args });
        if (!fault) return call();
        return name === "own"
          ? faultyEvents(call as () => AsyncIterable<unknown>, fault, name, clock)
          : faultyCall(call, fault, name, clock);
      };
    },
  });
}

async function faultyCall(call: () => unknown, fault: Fault, method: string, clock: Clock): Promise<unknown> {
  switch (fault.type) {
    case "fail":
      throw unavailable(method, "was not made");
    case "delay":
      await delayed(clock, fault.ms);
      return call();
    case "repeat": {
      const first = await call();
      return isSubscription(first) ? first : call();
    }
    case "lose-answer": {
      const lost = await call();
      if (isSubscription(lost)) await lost.close();
      throw unavailable(method, "was made, and its answer was lost");
    }
    case "stop-before":
      return never();
    case "stop-after":
      await call();
      return never();
    case "end":
    case "cut":
      return call();
  }
}

async function* faultyEvents(
  offer: () => AsyncIterable<unknown>,
  fault: Fault,
  method: string,
  clock: Clock,
): AsyncGenerator {
  if (fault.type === "fail") throw unavailable(method, "was not made");
  if (fault.type === "stop-before") await never();
  if (fault.type === "delay") await delayed(clock, fault.ms);
  const last = fault.type === "end" || fault.type === "cut" ? fault.afterEvents : Infinity;
  if (last === 0) {
    if (fault.type === "cut") throw unavailable(method, "was cut off");
    return;
  }
  let count = 0;
  for await (const event of offer()) {
    if (fault.type === "stop-after") await never();
    yield event;
    if (++count < last) continue;
    if (fault.type === "cut") throw unavailable(method, "was cut off");
    return;
  }
}

/** What a store says when its outcome is not known. */
function unavailable(method: string, what: string): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", {
    rule: `a call reaches its store and its answer comes back; this call of ${method} ${what}`,
    remedy: "Send the same again.",
    retryable: true,
  });
}

function delayed(clock: Clock, ms: Millis): Promise<void> {
  return new Promise((resolve) => clock.at(clock.now() + ms, resolve));
}

function never(): Promise<never> {
  return new Promise(() => {});
}
