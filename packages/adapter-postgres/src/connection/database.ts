import { EvenmatchError, type Clock, type Millis } from "@evenmatch/core";
import { unlessAborted } from "@evenmatch/core/adapter";
import type { OwnClient, OwnPool, PooledClient, PoolLike, Statement } from "./driver.js";
import { asStoreError, closed, COLLIDED, sqlStateOf } from "./failures.js";
import { checkedPool, quoted, type Settings } from "./options.js";
import { checkVersion } from "../migration/schema-version.js";

/** Statements that lost against another one and changed nothing: sent again at once. */
const COLLISIONS: ReadonlySet<string | undefined> = new Set(["40001", "40P01", COLLIDED]);
/** How often that is tried before the caller is told. */
const TRIES = 5;

/** What every call may be given up by, and how long an answer may take where that is not the usual. */
export interface QueryOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: Millis;
}

/** Sends a statement; within a transaction, on its connection. */
export interface Sender {
  /** `{schema}` in the text stands for the schema of the tables. Rejects with an `EvenmatchError`. */
  query<Row>(text: string, values?: unknown[], options?: QueryOptions): Promise<Row[]>;
}

/** The database behind one store: statements with their schema filled in, their failures translated, and in time. */
export class Database implements Sender {
  readonly schema: string;
  readonly clock: Clock;
  readonly #settings: Settings;
  readonly #given: PoolLike | string;
  #pool: Promise<PoolLike> | undefined;
  /** The pool, where it was made here. */
  #own: OwnPool | undefined;
  /** Resolves once the schema is known to be as this release needs it. */
  #checked: Promise<void> | undefined;
  /** Pools, and connections of theirs, whose errors are heard already: they come back again and again. */
  static readonly #heard = new WeakSet<PooledClient | PoolLike>();
  /** What callers wait for. */
  readonly #underWay = new Set<Promise<unknown>>();
  #closed: Promise<void> | undefined;

  /** The version of the schema is checked before anything else is sent, except for who needs no tables. */
  constructor(given: PoolLike | string, settings: Settings, { anyVersion = false } = {}) {
    this.#given = checkedPool(given);
    this.#settings = settings;
    if (anyVersion) this.#checked = Promise.resolve();
    this.schema = quoted(settings.schema);
    this.clock = settings.clock;
  }

  async query<Row>(text: string, values: unknown[] = [], options: QueryOptions = {}): Promise<Row[]> {
    return this.#inTime(options, async (timeoutMs) => {
      const pool = await this.pool();
      await this.#check(pool, timeoutMs);
      const statement = this.#statement(text, values, timeoutMs);
      for (let tries = 1; ; tries++) {
        try {
          return (await pool.query(statement)).rows as Row[];
        } catch (error) {
          if (tries >= TRIES || !COLLISIONS.has(sqlStateOf(error))) throw error;
        }
      }
    });
  }

  /**
   * Runs statements as one transaction on one connection; whatever `run` rejects with rolls it back. So does the server
   * when nothing is sent for as long as an answer may take: whoever is frozen in between must not keep its locks. Who
   * waited for a lock sees what was done meanwhile, whatever the role's own setting.
   */
  async transaction<T>(run: (sender: Sender) => Promise<T>, options: QueryOptions = {}): Promise<T> {
    return this.#inTime(options, async (timeoutMs) => {
      const pool = await this.pool();
      await this.#check(pool, timeoutMs);
      for (let tries = 1; ; tries++) {
        const client = await Database.#take(pool);
        try {
          return await this.#transaction(client, timeoutMs, run);
        } catch (error) {
          if (tries >= TRIES || !COLLISIONS.has(sqlStateOf(error))) throw error;
        }
      }
    });
  }

  /** The pool itself: the application's, or one of its own where a URL was given. */
  pool(): Promise<PoolLike> {
    if (this.#closed) return Promise.reject(closed("store"));
    if (this.isEnding) return Promise.reject(poolEnded());
    this.#pool ??= this.#open();
    return this.#pool;
  }

  /** The application has begun to end its pool. */
  get isEnding(): boolean {
    return typeof this.#given !== "string" && this.#given.ending === true;
  }

  /** A connection of the pool, whose breaking is heard. Whoever takes it gives it back. */
  async connect(): Promise<PooledClient> {
    const coming = this.pool().then((pool) => Database.#take(pool));
    try {
      return await this.#inTime({}, () => coming);
    } catch (error) {
      coming.then((late) => late.release()).catch(() => {});
      throw error;
    }
  }

  /** A connection of its own to a URL, which gives up connecting after so many ms. */
  static async client(url: string, timeoutMs: Millis): Promise<OwnClient> {
    const { default: pg } = await import("pg");
    return new pg.Client({ connectionString: url, connectionTimeoutMillis: timeoutMs, ...ALIVE });
  }

  /** Resolves when what was sent is answered or given up. Ends what it opened, and nothing else. */
  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#underWay);
    await this.#pool?.catch(() => {});
    await this.#own?.end();
  }

  async #open(): Promise<PoolLike> {
    if (typeof this.#given !== "string") {
      Database.#hearErrors(this.#given);
      return this.#given;
    }
    const { default: pg } = await import("pg");
    const { timeoutMs: connectionTimeoutMillis } = this.#settings;
    this.#own = new pg.Pool({ connectionString: this.#given, connectionTimeoutMillis, ...ALIVE });
    Database.#hearErrors(this.#own);
    return this.#own;
  }

  /** Callers that come together share a check; one that failed is made again by the next call. */
  #check(pool: PoolLike, timeoutMs: Millis): Promise<void> {
    this.#checked ??= checkVersion(
      async <Row>(text: string) => (await pool.query(this.#statement(text, [], timeoutMs))).rows as Row[],
    ).catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    return this.#checked;
  }

  /** A connection of the pool, whose errors are heard from its first moment. */
  static #take(pool: PoolLike): Promise<PooledClient> {
    return new Promise((resolve, reject) => {
      pool.connect((error, client) => {
        if (client) Database.#hearErrors(client);
        if (error || !client) reject(error ?? new Error("the pool gave no connection"));
        else resolve(client);
      });
    });
  }

  /**
   * A connection that breaks says so by an event, of the pool while nobody uses it, and of itself while somebody does.
   * Unheard, that would end the process. What was under way has failed with it, and the next call makes another.
   */
  static #hearErrors(emitter: PooledClient | PoolLike): void {
    if (Database.#heard.has(emitter)) return;
    Database.#heard.add(emitter);
    emitter.on?.("error", () => {});
  }

  async #transaction<T>(
    client: PooledClient,
    timeoutMs: Millis,
    run: (sender: Sender) => Promise<T>,
  ): Promise<T> {
    const send = (text: string, values: unknown[] = []) =>
      client.query(this.#statement(text, values, timeoutMs));
    let broken: Error | undefined;
    try {
      await send(
        `BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = ${Math.min(timeoutMs, LONGEST_SETTING)}`,
      );
      const result = await run({
        query: async <Row>(text: string, values?: unknown[]) =>
          send(text, values).then(
            ({ rows }) => rows as Row[],
            (error: unknown) => {
              throw asStoreError(error);
            },
          ),
      });
      await send("COMMIT");
      return result;
    } catch (error) {
      await send("ROLLBACK").catch((cause: unknown) => (broken = cause as Error));
      throw error;
    } finally {
      client.release(broken);
    }
  }

  #statement(text: string, values: unknown[], timeoutMs: Millis): Statement {
    return { text: text.replaceAll("{schema}", () => this.schema), values, query_timeout: timeoutMs };
  }

  #inTime<T>(options: QueryOptions, run: (timeoutMs: Millis) => Promise<T>): Promise<T> {
    const call = this.#call(options, run);
    this.#underWay.add(call);
    const isEnded = (): boolean => this.#underWay.delete(call);
    call.then(isEnded, isEnded);
    return call;
  }

  /** Gives up when the signal aborts or nothing answers in time, and says what failures mean. */
  async #call<T>(
    { signal, timeoutMs = this.#settings.timeoutMs }: QueryOptions,
    run: (timeoutMs: Millis) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    let cancel = (): void => {};
    // The driver's own limit closes the connection; this one holds where the driver does not come to count.
    const late = new Promise<never>((_, reject) => {
      const when = this.clock.now() + timeoutMs + SLACK;
      cancel = this.clock.at(when, () => reject(unanswered(timeoutMs)));
    });
    try {
      return await unlessAborted(Promise.race([run(timeoutMs), late]), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw asStoreError(error);
    } finally {
      cancel();
    }
  }
}

/** The system finds out within half a minute when nothing is at the other end any more. */
const ALIVE = { keepAlive: true, keepAliveInitialDelayMillis: 10_000 };

/** As many ms as a setting of Postgres holds. */
const LONGEST_SETTING: Millis = 2 ** 31 - 1;

/** The driver's limit comes first where it can. */
const SLACK = 100;

function unanswered(timeoutMs: Millis): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", {
    rule: `Postgres answers within ${timeoutMs} ms`,
    remedy: "See whether server and network are well; the same call may be sent again.",
    retryable: true,
  });
}

function poolEnded(): EvenmatchError {
  return new EvenmatchError("CLOSED", {
    rule: "a pool is ended after the stores that use it",
    remedy: "Close matchmaker and stores first.",
  });
}
