import type { PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import type { Database, QueryOptions } from "../connection/database.js";

/** The numbers by which the tables know pools, remembered. */
export class Pools {
  readonly #numbers = new Map<string, number>();
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The number of a pool, as far as it is known here. */
  readonly numberOf = (pool: PoolKey): number | undefined => this.#numbers.get(nameOf(pool));

  /** True where all of these are known here. */
  knows(pools: Iterable<PoolKey>): boolean {
    for (const pool of pools) if (this.numberOf(pool) === undefined) return false;
    return true;
  }

  /** Looks pools up that are not known here yet. */
  async find(pools: Iterable<string>, options: QueryOptions): Promise<void> {
    const names = [...pools].filter((name) => !this.#numbers.has(name));
    if (names.length === 0) return;
    const text = "SELECT id, name FROM {schema}.pools WHERE name = ANY ($1::text[])";
    this.#note(await this.#database.query(text, [names], options));
  }

  /** Makes pools that are not there yet; true if there were any. */
  async make(pools: ReadonlyMap<string, PoolKey>, options: QueryOptions): Promise<boolean> {
    const missing = [...pools].filter(([name]) => !this.#numbers.has(name));
    if (missing.length === 0) return false;
    const keys = missing.map(([, key]) => key);
    const made = await this.#database.query<Row>(
      `INSERT INTO {schema}.pools (name, queue, region, partition)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[])
       ON CONFLICT (name) DO NOTHING RETURNING id, name`,
      [
        missing.map(([name]) => name),
        keys.map(({ queue }) => queue),
        keys.map(({ region }) => region),
        keys.map(({ partition }) => partition ?? null),
      ],
      options,
    );
    this.#note(made);
    await this.find(pools.keys(), options);
    return made.length > 0;
  }

  /** Forgets what it knows: a pool that is not there any more is looked up again. */
  forget(): void {
    this.#numbers.clear();
  }

  #note(rows: readonly Row[]): void {
    for (const { id, name } of rows) this.#numbers.set(name, id);
  }
}

interface Row {
  readonly id: number;
  readonly name: string;
}
