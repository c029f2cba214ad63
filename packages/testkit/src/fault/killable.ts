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
  /** Lets the lease time of the dead run out: the store gets its iterators back, so that pools move on. */
  bury(): Promise<void>;
}

/**
 * Wraps a port so that the process that uses it can be killed. A dead process's calls hang rather than fail, because
 * nothing of it is left to see an error; drop every reference to what hangs, and it is collected.
 */
export function killable<Port extends object>(target: Port): Killable<Port> {
  const offers = new Set<AsyncIterator<unknown>>();
  let isDead = false;

  const whileAlive = async <T>(result: PromiseLike<T> | T): Promise<T> => {
    try {
      const answer = await result;
      return isDead ? await hang() : answer;
    } catch (error) {
      if (isDead) return hang();
      throw error;
    }
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
        const result: unknown = Reflect.apply(value, target, args);
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
      isDead = true;
      const left = [...offers];
      offers.clear();
      await Promise.all(left.map(async (iterator) => iterator.return?.()));
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
