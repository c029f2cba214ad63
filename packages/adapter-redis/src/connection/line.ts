import type { Clock, Millis } from "@evenmatch/core";
import type { Argument, RedisLike } from "./driver.js";
import { asStoreError, closed } from "./failures.js";

/** How the connections of a line differ from those of the application's client. */
const OWN = {
  // One that breaks fails what waits on it, at once: it would hear nothing meanwhile, and the reader asks again.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  enableOfflineQueue: true,
  enableAutoPipelining: false,
  autoResubscribe: true,
  lazyConnect: true,
  // A read that waits is no dead connection; the line has a limit of its own.
  commandTimeout: undefined,
  socketTimeout: undefined,
  blockingTimeout: undefined,
  // Replies look alike whatever the application prefers for its own.
  stringNumbers: false,
  protocol: 2,
  replyMapping: "legacy",
};

/** How long to wait before a connection is made again, in ms. */
const AGAIN: Millis = 100;

interface Timing {
  readonly clock: Clock;
  readonly timeoutMs: Millis;
}

/**
 * A connection for reads that wait for something to come, made by `duplicate()` of the application's client: what waits
 * would hold up everything else on it. It is made when it is first used, and again whenever it breaks.
 */
export class Line {
  readonly #connection: RedisLike;
  readonly #timing: Timing;
  readonly #onClose: () => void;
  #isClosed = false;

  constructor(client: RedisLike, timing: Timing, onClose: () => void) {
    this.#timing = timing;
    this.#onClose = onClose;
    const retry = (): Millis => AGAIN;
    const given = client.isCluster
      ? [
          [],
          {
            lazyConnect: true,
            scaleReads: "master",
            clusterRetryStrategy: retry,
            // Before its release 6 the driver keeps nothing of options in which something is replaced.
            redisOptions: { ...client.options.redisOptions, ...OWN, lazyConnect: false },
          },
        ]
      : [{ ...OWN, retryStrategy: retry }];
    this.#connection = client.duplicate(...(given as never[]));
    this.#connection.on("error", () => {});
  }

  /**
   * Sends a command that may wait so many ms for its answer. Where none comes for longer than that and a usual call may
   * take, nobody is at the other end: the connection is closed and made anew. Rejects with an `EvenmatchError`.
   */
  call(command: string, args: Argument[], waitMs: Millis = 0): Promise<unknown> {
    return this.#inTime(waitMs, () => this.#connection.call(command, args));
  }

  /** Sends commands one behind the other, of which one may wait; rejects with the first failure among them. */
  all(commands: readonly (readonly [string, ...Argument[]])[], waitMs: Millis): Promise<unknown[]> {
    return this.#inTime(waitMs, async () => {
      const replies = (await this.#connection.pipeline(commands.map((one) => [...one])).exec()) ?? [];
      return replies.map(([error, reply]) => {
        if (error) throw error;
        return reply;
      });
    });
  }

  async #inTime<T>(waitMs: Millis, run: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw closed("store");
    const { clock, timeoutMs } = this.#timing;
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = clock.at(clock.now() + waitMs + timeoutMs, () => {
        reject(new Error("a connection that waits has had no answer for longer than it waits"));
        if (!this.#isClosed) this.#connection.disconnect(true);
      });
    });
    try {
      return await Promise.race([run(), late]);
    } catch (error) {
      throw this.#isClosed ? closed("store") : asStoreError(error);
    } finally {
      cancel();
    }
  }

  /**
   * Hears what is published on a channel, from when this resolves until the line is closed; nothing meanwhile where the
   * connection breaks and is made again. A line that subscribes does nothing else. Rejects with an `EvenmatchError`.
   */
  async subscribe(channel: string, heard: (message: string) => void): Promise<void> {
    this.#connection.on("message", (_channel, message) => heard(message));
    await this.call("subscribe", [channel]);
  }

  /** Fails what waits, and closes the connection. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#onClose();
    this.#connection.disconnect();
  }
}
