import type { PoolKey } from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";

/** Names of queues and regions; nothing else can be in a key of ours. */
const NAME = /^[\w-]{1,64}$/;

/** True for a pool whose names the library takes. */
export function isKeepable({ queue, region }: PoolKey): boolean {
  return NAME.test(queue) && NAME.test(region);
}

/** True for a queue whose name the library takes. */
export function isQueue(queue: string): boolean {
  return NAME.test(queue);
}

/** A pool within its queue: `region`, or `region.partition`. */
export function placeOf(pool: PoolKey): string {
  return nameOf(pool).slice(pool.queue.length + 1);
}

/** The pool of a queue that a place names. */
export function poolAt(queue: string, place: string): PoolKey {
  const [region = "", partition] = place.split(".");
  return partition === undefined ? { queue, region } : { queue, region, partition: Number(partition) };
}

/** The names of keys. What is of one queue has one hash tag, so that a Cluster keeps it on one server. */
export class Keys {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Who offers to run pools. */
  get owners(): string {
    return `{${this.#prefix}}:owners`;
  }

  /** What the names of all keys of a queue begin with. */
  tag(queue: string): string {
    return `{${this.#prefix}:${queue}}:`;
  }

  /** The live ticket of each player. */
  players(queue: string): string {
    return `${this.tag(queue)}players`;
  }

  /** The places that exist. */
  pools(queue: string): string {
    return `${this.tag(queue)}pools`;
  }

  /** The stream that wakes the owners of a queue. */
  news(queue: string): string {
    return `${this.tag(queue)}news`;
  }

  /** Records that could not be read. */
  corrupt(queue: string): string {
    return `${this.tag(queue)}corrupt`;
  }

  /** An answer to a question. */
  answer(queue: string, id: string): string {
    return `${this.tag(queue)}answer:${id}`;
  }

  /** What is kept of a pool. */
  of(what: "pool" | "waiting" | "claimed" | "pending" | "changes", queue: string, place: string): string {
    return `${this.tag(queue)}${what}:${place}`;
  }

  /** The keys of a pool that a change of state names, in their order. */
  all(queue: string, place: string): string[] {
    return (["pool", "waiting", "claimed", "pending", "changes"] as const).map((what) =>
      this.of(what, queue, place),
    );
  }
}
