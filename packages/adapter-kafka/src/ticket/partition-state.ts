import type { Millis, Outcomes, PoolChange, PoolKey } from "@evenmatch/core";
import { nameOf, poolOf, step, type Input, type Retention } from "@evenmatch/core/adapter";
import {
  decodeValue,
  encodeValue,
  isRefusalKey,
  matchKey,
  OWNED,
  POSITION,
  type Layout,
  type LogEntry,
  type LogValue,
  type MatchValue,
  type TicketValue,
} from "./log-record.js";
import { AT_ONCE, PoolState } from "./pool-state.js";
import { Refusals } from "./refusals.js";

/** Where the log of a partition stands. */
export interface Position {
  /** The offset of the next request to take up. */
  next: number;
  /** The number of the last change. */
  seq: number;
  /** The number of the last change that the owner has been told of. */
  told: number;
}

/**
 * The pools of a partition in the hands of its owner: what a request or a decision answers, which changes it makes, and
 * which records of the log say so. A player is unique within a pool, so each pool has a life of its own.
 */
export class PartitionState {
  readonly pools = new Map<string, PoolState>();
  readonly position: Position = { next: 0, seq: 0, told: 0 };
  readonly refusals = new Refusals();
  readonly #retention: Retention;
  readonly #layout: Layout;
  /** Pools with something to write. */
  readonly #dirty = new Set<PoolState>();

  constructor(retention: Retention, { partitions, key }: Layout) {
    this.#retention = retention;
    this.#layout = { partitions, key };
  }

  /** What an input answers, and the changes that it makes, which have happened when this returns. */
  run<I extends Input>(
    key: PoolKey,
    input: I,
    at: Millis,
  ): { readonly outcome: Outcomes[I["type"]]; readonly changes: readonly PoolChange[] } {
    const known = this.pools.get(nameOf(key));
    const pool = known ?? new PoolState(poolKey(key), this.#retention);
    pool.forget(at);
    const { outcome, changes } = step(pool.life, input, at);
    // A pool in which nothing has ever happened is none: ids that name nothing are asked about, too.
    if (!known && changes.length > 0) this.pools.set(nameOf(key), pool);
    if (known || changes.length > 0) this.#dirty.add(pool);
    const told = changes.map((change): PoolChange => {
      const seq = ++this.position.seq;
      pool.evolve(change, seq, at);
      return { seq, at, change };
    });
    return { outcome, changes: told };
  }

  /** What one transaction has to write, the position included. The log is taken to hold it from then on. */
  entries(): LogEntry[] {
    const entries: LogEntry[] = [];
    for (const pool of this.#dirty) pool.entries(entries);
    this.#dirty.clear();
    this.refusals.entries(entries);
    const position = encodeValue({ type: "position", ...this.position, ...this.#layout });
    entries.push({ key: POSITION, value: position });
    return entries;
  }
}

/** A partition as its log says that it is, and under which layout the log was written, if it says so. */
export interface Restored {
  readonly state: PartitionState;
  readonly writtenFor: Layout | undefined;
}

/** The records of a log by their keys: what a new owner reads, until it comes to its own mark. */
export class LogReader {
  readonly #values = new Map<string, string | Buffer>();
  readonly #isUnreadable: (key: string) => void;

  /** @param isUnreadable told of keys whose records cannot be read, which count as not being there */
  constructor(isUnreadable: (key: string) => void = () => {}) {
    this.#isUnreadable = isUnreadable;
  }

  /** How many keys hold something. */
  get size(): number {
    return this.#values.size;
  }

  /** Takes the next record. Of each key only the newest is read at all. */
  add(key: string, value: string | Buffer | null): void {
    if (value === null) this.#values.delete(key);
    else this.#values.set(key, value);
  }

  /**
   * The partition as the log says that it is. A log may hold a million records, so it stops now and then, and whoever
   * drives it lets others have their turn.
   *
   * @param home what a pool is called on this partition
   */
  *restore(
    retention: Retention,
    layout: Layout,
    home: (pool: PoolKey) => PoolKey = poolKey,
  ): Generator<void, Restored> {
    const state = new PartitionState(retention, layout);
    const pools = new Map<string, { readonly key: PoolKey; readonly values: (TicketValue | MatchValue)[] }>();
    let writtenFor: Layout | undefined;
    let count = 0;
    for (const [key, text] of this.#values) {
      if (++count % AT_ONCE === 0) yield;
      const value = decodeValue(text.toString());
      if (!value || !belongs(key, value)) this.#isUnreadable(key);
      else if (value.type === "position") {
        const { next, seq, told } = value;
        Object.assign(state.position, { next, seq, told });
        // Who wrote none knew of no other.
        writtenFor = { partitions: value.partitions, key: value.key ?? "pool" };
      } else if (value.type === "refused") state.refusals.restore(key, value.outcome);
      else if (value.type !== "owned") {
        const pool = home(value.type === "ticket" ? value.ticket : value.match);
        const found = pools.get(nameOf(pool)) ?? { key: pool, values: [] };
        pools.set(nameOf(pool), found);
        found.values.push(value);
      }
    }
    for (const [name, { key, values }] of pools) {
      const pool = new PoolState(key, retention);
      yield* pool.restore(values);
      state.pools.set(name, pool);
    }
    return { state, writtenFor };
  }
}

/** Whether a value stands under the key that its kind has. */
function belongs(key: string, value: LogValue): boolean {
  switch (value.type) {
    case "ticket":
      return key === value.ticket.id && isHome(value.ticket);
    case "match":
      return key === matchKey(value.match.id) && isHome(value.match);
    case "position":
      return key === POSITION;
    case "owned":
      return key === OWNED;
    case "refused":
      return isRefusalKey(key);
  }
}

/** Whether an id carries the pool of what it names. */
export function isHome(one: PoolKey & { readonly id: string }): boolean {
  const pool = poolOf(one.id);
  return pool !== undefined && nameOf(pool) === nameOf(one);
}

/** A pool without what else an object may carry. */
export function poolKey({ queue, region, partition }: PoolKey): PoolKey {
  return partition === undefined ? { queue, region } : { queue, region, partition };
}
