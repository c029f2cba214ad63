import {
  type Answer,
  type CallOptions,
  type Decision,
  type DecisionOutcome,
  type Lease,
  type MatchStatus,
  type Millis,
  type OwnerEvent,
  type PoolKey,
  type Query,
  type Question,
  type Request,
  type RequestOutcome,
  type TicketStatus,
  type TicketStore,
  type TimedOptions,
} from "@evenmatch/core";
import { leaseLost, nameOf, routeOf } from "@evenmatch/core/adapter";
import { Database, type Sender } from "../connection/database.js";
import type { PoolLike } from "../connection/driver.js";
import { LEASE_LOST, POOL_UNKNOWN, sqlStateOf } from "../connection/failures.js";
import { settingsOf, wholeMillis, type PostgresOptions } from "../connection/options.js";
import { Wakeups } from "../connection/wakeups.js";
import { DECIDE, decideValues, decisionOutcome, decisionSegments, type DecidedRow } from "./decisions.js";
import { OwnerSession } from "./owner-session.js";
import { Pools } from "./pools.js";
import { Questions } from "./questions.js";
import { lookUp } from "./reading.js";
import {
  poolsOf,
  requestOutcome,
  requestSegments,
  SUBMIT,
  submitValues,
  type SubmittedRow,
} from "./requests.js";
import type { Remembers } from "./housekeeping.js";
import { OWNERS, POOLS } from "./topics.js";

/** How a {@link PostgresTicketStore} reaches its tables, how long it remembers, and when a dead owner's pools move. */
export interface PostgresTicketStoreOptions extends PostgresOptions {
  /**
   * How long an owner that says nothing keeps its pools, in ms of the server's time; 5,000 when left out. All
   * processes that run pools should have the same.
   */
  readonly leaseMs?: Millis;
  /**
   * How long ended tickets and finished matches are remembered, in ms of the server's time; one minute by default. A
   * matchmaker repeats an unanswered join for 10 s: with less than that, one whose ticket has ended meanwhile would
   * make another.
   */
  readonly retainMs?: Millis;
  /** How long a `requestId` returns its ended ticket, in ms of the server's time; 600,000 when left out. */
  readonly dedupeMs?: Millis;
}

const LEASE = 5_000;

/**
 * Tickets on Postgres. What is acknowledged is committed; a claim of many matches is one statement that checks the
 * fence first; a join needs nobody who runs the pool; a player has at most one live ticket in a queue.
 */
export class PostgresTicketStore implements TicketStore {
  readonly #database: Database;
  readonly #wakeups: Wakeups;
  readonly #pools: Pools;
  readonly #questions: Questions;
  readonly #sessions = new Set<OwnerSession>();
  readonly #leaseMs: Millis;
  readonly #remembers: Remembers;

  /** Throws `INVALID_OPTIONS`. Nothing is sent before the first call, which checks the version of the schema. */
  constructor(
    pool: PoolLike | string,
    { leaseMs = LEASE, retainMs = 60_000, dedupeMs = 600_000, ...options }: PostgresTicketStoreOptions = {},
  ) {
    const settings = settingsOf(options);
    this.#leaseMs = wholeMillis("leaseMs", leaseMs, 100);
    this.#remembers = {
      retainMs: wholeMillis("retainMs", retainMs, 0),
      dedupeMs: wholeMillis("dedupeMs", dedupeMs, 0),
    };
    this.#database = new Database(pool, settings);
    this.#wakeups = new Wakeups(this.#database, settings);
    this.#pools = new Pools(this.#database);
    this.#questions = new Questions(this.#database, this.#wakeups);
  }

  async submit(requests: readonly Request[], { now, signal }: TimedOptions): Promise<RequestOutcome[]> {
    signal?.throwIfAborted();
    const pools = poolsOf(requests);
    await this.#pools.find(pools.keys(), { signal });
    if (!this.#pools.knows(pools.values())) {
      const joined = poolsOf(requests.filter(({ type }) => type === "join"));
      if (await this.#pools.make(joined, { signal })) this.#wakeups.ring(OWNERS);
    }
    const said = new Map<number, SubmittedRow>();
    for (const segment of requestSegments(requests)) {
      const values = submitValues(segment, now, this.#pools.numberOf);
      const rows = await this.#known(() => this.#database.query<SubmittedRow>(SUBMIT, values, { signal }));
      for (const row of rows) said.set(row.place, row);
    }
    this.#ring(pools.values());
    return requests.map((request, place) => {
      const pool = routeOf(request);
      const isKnown = pool !== undefined && this.#pools.numberOf(pool) !== undefined;
      return requestOutcome(request, said.get(place), isKnown);
    });
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    if (lease.lost.aborted) throw leaseLost(lease);
    await this.#pools.find([nameOf(lease.pool)], { signal });
    const pool = this.#pools.numberOf(lease.pool);
    if (pool === undefined) throw leaseLost(lease);
    const segments = decisionSegments(decisions);
    const calls = segments.map((segment) => decideValues(segment, pool, lease.fence, now));
    // An empty batch is refused to a stale lease like every other.
    if (calls.length === 0) calls.push(decideValues([], pool, lease.fence, now));
    const decide = async (): Promise<DecisionOutcome[]> => {
      const rows = await this.#fenced(lease, () => this.#decideAll(calls, signal));
      const said = new Map(rows.map((row) => [row.place, row]));
      return decisions.map((decision, place) => decisionOutcome(decision, said.get(place)));
    };
    for (const session of this.#sessions) {
      const holding = session.holding(lease);
      if (holding) return session.deciding(holding, decisions, decide);
    }
    return decide();
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const session = new OwnerSession(queues, signal, {
      database: this.#database,
      wakeups: this.#wakeups,
      leaseMs: this.#leaseMs,
      remembers: this.#remembers,
    });
    this.#sessions.add(session);
    void session.ended().finally(() => this.#sessions.delete(session));
    return session.events;
  }

  read(
    queries: readonly Query[],
    { signal }: CallOptions,
  ): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    return lookUp(this.#database, queries, { signal });
  }

  ask(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    return this.#questions.ask(pool, question, signal);
  }

  /** The clock of the server. */
  async time(): Promise<Millis> {
    const [row] = await this.#database.query<{ now: string }>(
      "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint AS now",
    );
    return Number(row?.now);
  }

  /** Rejects the questions that wait for an answer, gives up the pools that it runs, and closes what it opened; the application's pool stays open. */
  async close(): Promise<void> {
    this.#questions.close();
    await Promise.all(Array.from(this.#sessions, (session) => session.close()));
    await this.#wakeups.close();
    await this.#database.close();
  }

  /** The same as {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #decideAll(calls: readonly unknown[][], signal: AbortSignal | undefined): Promise<DecidedRow[]> {
    const [first] = calls;
    if (calls.length === 1) return this.#database.query<DecidedRow>(DECIDE, first, { signal });
    // What builds on each other comes in several statements, and takes effect as one.
    const all = async (sender: Sender): Promise<DecidedRow[]> => {
      const rows: DecidedRow[] = [];
      for (const values of calls) rows.push(...(await sender.query<DecidedRow>(DECIDE, values)));
      return rows;
    };
    return this.#database.transaction(all, { signal });
  }

  async #fenced<T>(lease: Lease, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (sqlStateOf(error) !== LEASE_LOST) throw error;
      for (const session of this.#sessions) if (session.holding(lease)) session.doubt();
      throw leaseLost(lease);
    }
  }

  /** Pools that somebody has deleted are looked up again by the next call. */
  async #known<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      if (sqlStateOf(error) === POOL_UNKNOWN) this.#pools.forget();
      throw error;
    }
  }

  #ring(pools: Iterable<PoolKey>): void {
    const numbers = new Set<string>();
    for (const pool of pools) {
      const number = this.#pools.numberOf(pool);
      if (number !== undefined) numbers.add(String(number));
    }
    if (numbers.size > 0) this.#wakeups.ring(POOLS, numbers);
  }
}

/**
 * A store of tickets on Postgres: on the application's pool, which stays open, or on one of its own where it is given a
 * URL.
 *
 * Throws `INVALID_OPTIONS`. The schema has to be migrated before; calls reject with `STORE_MISCONFIGURED` until it is.
 */
export function postgresTicketStore(
  pool: PoolLike | string,
  options: PostgresTicketStoreOptions = {},
): PostgresTicketStore {
  return new PostgresTicketStore(pool, options);
}
