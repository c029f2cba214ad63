import { listen } from "@evenmatch/services/vitest/adapter";
import type { Pool } from "pg";
import { vi } from "vitest";
import { quoted } from "../../src/connection/options.js";
import { postgresEventBus, type PostgresEventBus, type PostgresEventBusOptions } from "../../src/index.js";
import type { TestDatabase } from "../databases.js";

/** Waits until a condition holds. */
export function until(condition: () => unknown, timeout = 60_000): Promise<unknown> {
  return vi.waitUntil(condition, { timeout, interval: 5 });
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

  readonly listen = listen;

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
