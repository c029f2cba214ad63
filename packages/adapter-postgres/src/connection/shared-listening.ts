import { EvenmatchError } from "@evenmatch/core";
import { Database } from "./database.js";
import type { PoolLike } from "./driver.js";
import { Listening, type Listens } from "./listening.js";
import type { Settings } from "./options.js";

/** What listens for the stores of a pool. */
const OF_POOL = new WeakMap<PoolLike, Set<SharedListening>>();

/**
 * One connection that listens, for all stores that are on one pool with the same options: it is made for the first of
 * them, and closed with the last. Stores that are to listen to something else, or by another clock, have another.
 */
export class SharedListening {
  readonly #pool: PoolLike;
  readonly #settings: Settings;
  readonly #database: Database;
  readonly #listening: Listening;
  readonly #users = new Set<Listens>();
  #started: Promise<void> | undefined;

  private constructor(pool: PoolLike, settings: Settings) {
    this.#pool = pool;
    this.#settings = settings;
    // Of its own, because it outlives the store that came first; whoever listens needs no tables.
    this.#database = new Database(pool, settings, { anyVersion: true });
    this.#listening = new Listening(this.#database, settings, {
      heard: (payload) => {
        for (const { heard } of this.#users) heard(payload);
      },
      missed: () => {
        for (const { missed } of this.#users) missed();
      },
    });
  }

  /** The one of a pool that listens as these settings say. Whoever gets it joins it at once. */
  static of(pool: PoolLike, settings: Settings): SharedListening {
    const all = allOf(pool);
    for (const one of all) if (one.#isAs(settings)) return one;
    const made = new SharedListening(pool, settings);
    all.add(made);
    return made;
  }

  /**
   * Resolves when it listens for one user more. Rejects with `STORE_MISCONFIGURED` where no notification arrives, and
   * where the pool would have no connection left to work with; who was rejected has left again.
   */
  async join(listens: Listens): Promise<void> {
    this.#users.add(listens);
    try {
      await (this.#started ??= this.#start());
    } catch (error) {
      await this.leave(listens);
      throw error;
    }
  }

  /** Hears nothing more; with the last user the connection is closed. */
  async leave(listens: Listens): Promise<void> {
    if (!this.#users.delete(listens) || this.#users.size > 0) return;
    allOf(this.#pool).delete(this);
    await this.#listening.close();
    await this.#database.close();
  }

  /** Gives a connection back to a pool that is being ended, which waits for it. */
  letGoOfPool(): void {
    this.#listening.letGoOfPool();
  }

  async #start(): Promise<void> {
    const { max = Infinity } = this.#pool.options ?? {};
    const kept = Array.from(allOf(this.#pool)).filter((one) => one.#settings.listen === undefined).length;
    if (this.#settings.listen === undefined && max <= kept) throw tooSmall(max, kept);
    await this.#listening.start();
  }

  #isAs({ schema, listen, timeoutMs, clock }: Settings): boolean {
    const mine = this.#settings;
    return (
      schema === mine.schema && listen === mine.listen && timeoutMs === mine.timeoutMs && clock === mine.clock
    );
  }
}

function allOf(pool: PoolLike): Set<SharedListening> {
  const all = OF_POOL.get(pool) ?? new Set();
  OF_POOL.set(pool, all);
  return all;
}

function tooSmall(max: number, kept: number): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "a pool that keeps connections to listen has others to work with",
    received: `a pool of ${max} at most, and ${kept} to listen`,
    remedy: `Let it have \`max: ${kept + 1}\` or more, or pass \`listen\`, or \`pollMs\` to look for news instead.`,
  });
}
