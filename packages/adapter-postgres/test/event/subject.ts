import { systemClock, type BusEvent, type Clock, type PoolKey, type Subscription } from "@evenmatch/core";
import type { Pool } from "pg";
import { vi } from "vitest";
import { quoted } from "../../src/connection/options.js";
import { postgresEventBus, type PostgresEventBus, type PostgresEventBusOptions } from "../../src/index.js";
import type { TestDatabase } from "../databases.js";

export const POOL: PoolKey = { queue: "duel", region: "eu" };

/** The n-th event of a pool. */
export function event(seq: number, pool = POOL, matchId = `m${seq}`): BusEvent {
  return { v: 1, type: "match.delivered", at: 1_000 + seq, pool, seq, data: { matchId } };
}

export function events(from: number, until: number, pool = POOL): BusEvent[] {
  return Array.from({ length: until - from }, (_, index) => event(from + index, pool));
}

export const seqs = (heard: readonly BusEvent[]): number[] => heard.map(({ seq }) => seq);
export const numbers = (from: number, until: number): number[] =>
  Array.from({ length: until - from }, (_, index) => from + index);

/** Waits until a condition holds. */
export function until(condition: () => unknown, timeout = 20_000): Promise<unknown> {
  return vi.waitUntil(condition, { timeout, interval: 5 });
}

/** A clock on which waits of so many ms and more are over a hundred times sooner. */
export function hurried(least = 0): Clock {
  const clock = systemClock();
  const at: Clock["at"] = (when, run) => {
    const wait = when - clock.now();
    return clock.at(clock.now() + (wait < least ? wait : wait / 100), run);
  };
  return { now: () => clock.now(), stopwatch: () => clock.stopwatch(), at };
}

export interface Heard {
  readonly heard: BusEvent[];
  readonly subscription: Subscription;
}

let schemas = 0;

/** A log of one test, with buses that each have a pool of their own, as processes have. */
export class EventsSubject implements AsyncDisposable {
  /** A name that has to be quoted. */
  readonly schema = `events "${++schemas}"`;
  readonly name = quoted(this.schema);
  readonly #database: TestDatabase;
  readonly #opened: { readonly bus: PostgresEventBus; readonly pool: Pool | undefined }[] = [];

  /** A pool of a process, which may do no more than the app may. */
  #pool: () => Pool;

  private constructor(database: TestDatabase) {
    this.#database = database;
    this.#pool = () => database.pool();
  }

  static async on(database: TestDatabase): Promise<EventsSubject> {
    const subject = new EventsSubject(database);
    subject.#pool = await database.migrated(subject.schema);
    return subject;
  }

  get admin(): Pool {
    return this.#database.admin;
  }

  get url(): string {
    return this.#database.url;
  }

  bus(options: PostgresEventBusOptions = {}): PostgresEventBus {
    const pool = this.#pool();
    const bus = postgresEventBus(pool, { ...options, schema: this.schema });
    this.#opened.push({ bus, pool });
    return bus;
  }

  /** A bus that reaches the server by another way. */
  busAt(url: string | Pool, options: PostgresEventBusOptions = {}): PostgresEventBus {
    const bus = postgresEventBus(url, { ...options, schema: this.schema });
    this.#opened.push({ bus, pool: undefined });
    return bus;
  }

  /** Subscribes, and writes down what is heard. */
  async listen(
    bus: PostgresEventBus,
    {
      group,
      handle,
    }: { group?: string; handle?: (events: readonly BusEvent[]) => void | Promise<void> } = {},
  ): Promise<Heard> {
    const heard: BusEvent[] = [];
    const subscription = await bus.subscribe(
      async (batch) => {
        heard.push(...batch);
        await handle?.(batch);
      },
      { group },
    );
    return { heard, subscription };
  }

  /** Asks the server, with `{schema}` filled in. */
  async rows<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (
      await this.admin.query(
        text.replaceAll("{schema}", () => this.name),
        values,
      )
    ).rows as Row[];
  }

  /** How many rows the log has. */
  async count(): Promise<number> {
    const [row] = await this.rows<{ count: number }>(
      "SELECT count(*)::integer AS count FROM {schema}.events",
    );
    return row!.count;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map(({ bus }) => bus.close()));
    await Promise.all(this.#opened.flatMap(({ pool }) => pool?.end() ?? []));
    await this.admin.query(`DROP SCHEMA ${this.name} CASCADE`);
  }
}
