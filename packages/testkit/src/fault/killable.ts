import type { Subscription } from "@evenmatch/core";
import { isSubscription } from "./subscription.js";

/** A port as one process holds it, and the power to end that process. */
export interface Killable<Port extends object> {
  /** The port that the process uses. */
  readonly port: Port;
  /** True from the kill on. */
  readonly isDead: boolean;
  /**
   * Ends the process as `kill -9` does: from now on no call reaches the store, no answer and no event comes back,
   * and nobody is told. What was under way may or may not have taken effect.
   */
  kill(): void;
  /**
   * Lets the lease time of the dead run out: the store gets its iterators back, so that pools move on, and the bus its
   * subscriptions, so that what they left undone goes to others of their groups.
   */
  bury(): Promise<void>;
}

/**
 * Wraps a port so that the process that uses it can be killed. A dead process's calls hang rather than fail, because
 * nothing of it is left to see an error; drop every reference to what hangs, and it is collected.
 */
export function killable<Port extends object>(target: Port): Killable<Port> {
  const offers = new Set<AsyncIterator<unknown>>();
  const subscriptions = new Set<Subscription>();
  let isDead = false;
  let isBuried = false;
  let giveBack = (): void => {};
  const givenBack = new Promise<never>(
    (_, reject) => (giveBack = () => reject(new Error("its process is dead"))),
  );
  givenBack.catch(() => {});

  const whileAlive = async <T>(result: PromiseLike<T> | T, otherwise = hang): Promise<T> => {
    try {
      const answer = await result;
      if (isSubscription(answer)) hold(answer);
      if (isDead) return await otherwise();
      return isSubscription(answer) ? (closable(answer) as typeof answer) : answer;
    } catch (error) {
      if (isDead) return otherwise();
      throw error;
    }
  };
  const hold = (subscription: Subscription): void => {
    subscriptions.add(subscription);
    if (isBuried) void subscription.close();
  };
  const closable = (subscription: Subscription): Subscription => ({
    close() {
      if (isDead) return hang();
      subscriptions.delete(subscription);
      return whileAlive(subscription.close());
    },
  });
  // What runs in a dead process acknowledges nothing, until the process is buried and all of it is given back.
  const handled = (handler: unknown): unknown => {
    if (typeof handler !== "function") return handler;
    const run = async (args: unknown[]): Promise<unknown> => Reflect.apply(handler, undefined, args);
    return (...args: unknown[]) => (isDead ? givenBack : whileAlive(run(args), () => givenBack));
  };
  const watched = (events: AsyncIterable<unknown>): AsyncIterableIterator<unknown> => {
    const iterator = events[Symbol.asyncIterator]();
    offers.add(iterator);
    const end = async (): Promise<IteratorResult<unknown>> => {
      offers.delete(iterator);
      return (await iterator.return?.()) ?? { value: undefined, done: true };
    };
    return {
      next: () => (isDead ? hang() : whileAlive(iterator.next())),
      return: () => (isDead ? hang() : whileAlive(end())),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };

  const port = new Proxy(target, {
    get(_, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]): unknown => {
        if (isDead) return name === "own" ? silence() : hang();
        const passed = name === "subscribe" ? args.map(handled) : args;
        const result: unknown = Reflect.apply(value, target, passed);
        return name === "own" ? watched(result as AsyncIterable<unknown>) : whileAlive(result);
      };
    },
  });

  return {
    port,
    get isDead() {
      return isDead;
    },
    kill: () => void (isDead = true),
    async bury() {
      isDead = isBuried = true;
      const [left, open] = [[...offers], [...subscriptions]];
      offers.clear();
      subscriptions.clear();
      const closing = open.map((subscription) => subscription.close());
      // They are closed by then, so that it goes to others and not to them again.
      giveBack();
      await Promise.all([...closing, ...left.map(async (iterator) => iterator.return?.())]);
    },
  };
}

function hang(): Promise<never> {
  return new Promise(() => {});
}

function silence(): AsyncIterableIterator<never> {
  return {
    next: hang,
    return: hang,
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
