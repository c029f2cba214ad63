import { EvenmatchError, type Clock, type Millis } from "@evenmatch/core";
import { unlessAborted } from "@evenmatch/core/adapter";
import { checkServer, type Needs } from "./check.js";
import type { Argument, RedisLike } from "./driver.js";
import { asStoreError, closed, wordOf } from "./failures.js";
import { Line } from "./line.js";
import { checkedClient, type Settings } from "./options.js";
import { acknowledged, type Replicas } from "./replicas.js";
import { DIGEST, LOOK, type Script } from "./script.js";

/** What every call may be given up by, and how long an answer may take where that is not the usual. */
export interface CallSettings {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: Millis;
  /** Of a script that writes: how many replicas must have it, and beside which calls it waits for them. */
  readonly replicas?: (Replicas & { readonly lane: string }) | undefined;
}

/** The server, or servers, behind one adapter: commands and scripts, their failures translated, and in time. */
export class RedisServer {
  readonly prefix: string;
  readonly clock: Clock;
  readonly timeoutMs: Millis;
  readonly #given: RedisLike | string;
  readonly #needs: Needs;
  readonly #report: (problem: EvenmatchError) => void;
  #client: Promise<RedisLike> | undefined;
  /** The client, where it was made here. */
  #own: RedisLike | undefined;
  /** Resolves once the server is known to be one that the adapter can work with. */
  #checked: Promise<void> | undefined;
  readonly #lines = new Set<Line>();
  readonly #lanes = new Map<string, Promise<Line>>();
  #isClosed = false;
  /** The digests of scripts by their text: the same on every server. */
  static readonly #digests = new Map<string, string>();

  /**
   * Throws `INVALID_OPTIONS`. The server is checked before anything else is sent, and what is not as it should be,
   * though it works, is reported.
   */
  constructor(
    given: RedisLike | string,
    settings: Settings,
    needs: Needs,
    report: (problem: EvenmatchError) => void = () => {},
  ) {
    this.#given = checkedClient(given);
    this.#needs = needs;
    this.#report = report;
    this.prefix = settings.prefix;
    this.clock = settings.clock;
    this.timeoutMs = settings.timeoutMs;
  }

  /** True where the keys of several queues are on several servers. */
  get isCluster(): boolean {
    return typeof this.#given !== "string" && this.#given.isCluster;
  }

  /** Sends a command. Rejects with an `EvenmatchError`. */
  call(command: string, args: Argument[], options: CallSettings = {}): Promise<unknown> {
    return this.#inTime(options, async () => {
      const client = await this.#ready();
      return client.call(command, args);
    });
  }

  /**
   * Sends a command that reads a key, to where the key is written: a client of a Cluster may be set to read from
   * replicas, each of which knows something else, and to each of which a cursor means something else. Rejects as `call`.
   */
  look(command: string, key: string, args: Argument[]): Promise<unknown> {
    return this.isCluster ? this.run(LOOK, [key], [command, ...args]) : this.call(command, [key, ...args]);
  }

  /** Runs a script, by its digest; a server that does not know it, or not any more, is sent its text. */
  run(script: Script, keys: string[], args: Argument[], options: CallSettings = {}): Promise<unknown> {
    const { replicas } = options;
    const timeoutMs = this.timeoutMs + (replicas?.timeoutMs ?? 0);
    return this.#inTime({ timeoutMs, ...options }, async () => {
      const client = await this.#ready();
      const digest = RedisServer.#digests.get(script.text) ?? (await this.#digest(client, script));
      const rest = [keys.length, ...keys, ...args];
      const line = replicas && (await this.#lane(replicas.lane));
      const send = (command: string, first: string): Promise<unknown> =>
        line
          ? acknowledged(line, [command, first, ...rest], `${keys[0] ?? ""}:wait`, replicas)
          : client.call(command, [first, ...rest]);
      try {
        return await send("evalsha", digest);
      } catch (error) {
        if (wordOf(error) !== "NOSCRIPT") throw error;
        return send("eval", script.text);
      }
    });
  }

  /** A connection of its own, for reads that wait. Whoever opens it closes it; closing the server does, too. */
  async line(): Promise<Line> {
    const client = await this.#open();
    if (this.#isClosed) throw closed("store");
    const line = new Line(client, this, () => this.#lines.delete(line));
    this.#lines.add(line);
    return line;
  }

  /** The connection on which calls of a kind wait for replicas, one after the other. */
  #lane(name: string): Promise<Line> {
    const lane = this.#lanes.get(name) ?? this.line();
    this.#lanes.set(name, lane);
    return lane;
  }

  /** Closes what it opened, and nothing else. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const line of this.#lines) line.close();
    await this.#client?.catch(() => {});
    this.#own?.disconnect();
  }

  /** The client: the application's, or one of its own where a URL was given. */
  #open(): Promise<RedisLike> {
    if (this.#isClosed) return Promise.reject(closed("store"));
    this.#client ??= this.#make().catch((error: unknown) => {
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  async #make(): Promise<RedisLike> {
    if (typeof this.#given !== "string") return this.#given;
    const { Redis } = await import("ioredis");
    this.#own = new Redis(this.#given, {
      connectTimeout: this.timeoutMs,
      retryStrategy: retryDelay,
      maxRetriesPerRequest: 1,
      // A connection that the network forgot answers nothing: it is made anew.
      socketTimeout: this.timeoutMs,
    });
    // Unheard, the driver prints every failure; callers are told by their calls.
    this.#own.on("error", () => {});
    return this.#own;
  }

  async #ready(): Promise<RedisLike> {
    const client = await this.#open();
    // Callers that come together share a check; one that failed is made again by the next call.
    this.#checked ??= checkServer(
      (command, args) => client.call(command, args),
      this.prefix,
      this.#needs,
      this.#report,
    ).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    await this.#checked;
    return client;
  }

  async #digest(client: RedisLike, { text }: Script): Promise<string> {
    const digest = String(await client.call("eval", [DIGEST, 1, `{${this.prefix}}:check`, text]));
    RedisServer.#digests.set(text, digest);
    return digest;
  }

  /** Gives up when the signal aborts or nothing answers in time, and says what failures mean. */
  async #inTime<T>({ signal, timeoutMs = this.timeoutMs }: CallSettings, run: () => Promise<T>): Promise<T> {
    signal?.throwIfAborted();
    let cancel = (): void => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.clock.at(this.clock.now() + timeoutMs, () => reject(unanswered(timeoutMs)));
    });
    try {
      return await unlessAborted(Promise.race([run(), late]), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw asStoreError(error);
    } finally {
      cancel();
    }
  }
}

/** How long to wait before a connection is made again, in ms. */
export function retryDelay(times: number): Millis {
  return Math.min(50 * times, 1_000);
}

/** The error of a call that had no answer in time. */
export function unanswered(timeoutMs: Millis): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", {
    rule: `Redis answers within ${timeoutMs} ms`,
    remedy: "See whether server and network are well; the same call may be sent again.",
    retryable: true,
  });
}
