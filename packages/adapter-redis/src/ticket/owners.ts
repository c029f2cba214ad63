import type { Millis } from "@evenmatch/core";
import { spread } from "@evenmatch/core/adapter";
import type { RedisServer } from "../connection/server.js";
import { NEWS_LENGTH, OWNERS, POOLS } from "../script/owning.js";
import { isQueue, type Keys } from "./keys.js";

/** An owner that lives. */
export interface Owner {
  readonly name: string;
  readonly since: number;
  /** How long it lives by its last sign, in ms from now. */
  readonly left: Millis;
  readonly queues: readonly string[];
}

/** Who lives, the longest-standing first, and whether the one who asked had not been among them. */
export interface Stand {
  readonly wasUnknown: boolean;
  readonly owners: readonly Owner[];
}

/** A pool, and who runs it. */
export interface PoolStand {
  readonly queue: string;
  readonly place: string;
  readonly owner: string;
  readonly fence: string;
}

/** The owners of one deployment, and the pools of their queues. */
export class Owners {
  readonly #server: RedisServer;
  readonly #keys: Keys;
  readonly #leaseMs: Millis;

  constructor(server: RedisServer, keys: Keys, leaseMs: Millis) {
    this.#server = server;
    this.#keys = keys;
    this.#leaseMs = leaseMs;
  }

  /** Says that an owner lives, or that it goes; answers with who lives. */
  async say(kind: "beat" | "leave", name: string, queues: readonly string[]): Promise<Stand> {
    const args = [kind, name, this.#leaseMs, queues.join(" ")];
    const [isNew, , ...rest] = (await this.#server.run(OWNERS, [this.#keys.owners], args)) as string[];
    const owners: Owner[] = [];
    for (let at = 0; at + 3 < rest.length; at += 4) {
      const [owner = "", since, left, offers = ""] = rest.slice(at, at + 4);
      owners.push({
        name: owner,
        since: Number(since),
        left: Number(left),
        queues: offers.split(" ").filter(isQueue),
      });
    }
    owners.sort((one, other) => one.since - other.since || (one.name < other.name ? -1 : 1));
    return { wasUnknown: Number(isNew) === 1, owners };
  }

  /** The pools of queues, by name. */
  async pools(queues: Iterable<string>): Promise<PoolStand[]> {
    const lists = await Promise.all(
      Array.from(queues, async (queue) => {
        const { tag } = { tag: this.#keys.tag(queue) };
        const stand = (await this.#server.run(POOLS, [this.#keys.pools(queue)], [tag])) as string[];
        const pools: PoolStand[] = [];
        for (let at = 0; at + 2 < stand.length; at += 3) {
          const [place = "", owner = "", fence = ""] = stand.slice(at, at + 3);
          pools.push({ queue, place, owner, fence });
        }
        return pools;
      }),
    );
    const name = ({ queue, place }: PoolStand): string => `${queue}.${place}`;
    return lists.flat().sort((one, other) => (name(one) < name(other) ? -1 : 1));
  }

  /** Wakes the owners of queues: somebody has come or gone, or a pool has no owner. */
  async ring(queues: readonly string[]): Promise<void> {
    await Promise.all(
      queues.map((queue) =>
        this.#server.call("xadd", [this.#keys.news(queue), "MAXLEN", "~", NEWS_LENGTH, "*", "owners", "1"]),
      ),
    );
  }
}

/**
 * The pools that one of the owners takes, so that all are spread evenly. Everybody takes for itself: whoever looks at
 * the same comes to the same, and the fence tells who was faster.
 */
export function dueTo(me: string, { owners }: Stand, pools: readonly PoolStand[]): PoolStand[] {
  const byName = new Map(owners.map((owner) => [owner.name, owner]));
  const ofQueue = new Map<string, Owner[]>();
  const ownersOf = ({ queue }: PoolStand): Owner[] => {
    let fitting = ofQueue.get(queue);
    if (!fitting) ofQueue.set(queue, (fitting = owners.filter(({ queues }) => queues.includes(queue))));
    return fitting;
  };
  const placed = new Map(pools.map((pool) => [pool, byName.get(pool.owner)]));
  return [...spread(placed, ownersOf)].flatMap(([pool, to]) => (to?.name === me ? [pool] : []));
}
