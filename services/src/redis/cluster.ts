import { freePort } from "../process/port.js";
import { waitFor } from "../process/wait.js";
import type { RedisSettings } from "./files.js";
import { obtainRedis, type RedisInstallation, type RedisPlaces } from "./installation.js";
import { launchRedis, type RedisServer } from "./server.js";

/** How many slots every Cluster has. */
const SLOTS = 16_384;

/** What kind of Cluster to start. */
export interface RedisClusterOptions {
  /** How many nodes take writes. Default 3, the fewest that can agree on anything. */
  masters?: number;
  /** How many nodes follow each of them, of which one takes over when it dies. Default 0. */
  replicas?: number;
  /**
   * How long a node may be silent before the others take it for dead, ms. Default 5,000: a machine that is busy with
   * tests is not taken for dead.
   */
  nodeTimeoutMs?: number;
  /** More lines of every node's redis.conf. */
  settings?: RedisSettings;
  /** Where to look for the program. Default PATH, then Debian's package. */
  places?: RedisPlaces;
}

/**
 * Starts a Cluster that belongs to the caller alone: every slot has a node, and all nodes know it.
 *
 * A client learns the addresses of the nodes from the Cluster. To have it go through proxies, give it a `natMap` from
 * each node's `host:port` to the address of the proxy before it.
 *
 * @throws Error saying what to install, where no program of Redis is found.
 */
export async function startRedisCluster(options: RedisClusterOptions = {}): Promise<RedisCluster> {
  const { masters = 3, replicas = 0, nodeTimeoutMs = 5_000, settings = {}, places } = options;
  const installation = await obtainRedis(places);
  const started = await Promise.allSettled(
    Array.from({ length: masters * (1 + replicas) }, () =>
      launchRedis(installation, async () => ({
        "cluster-enabled": true,
        "cluster-node-timeout": nodeTimeoutMs,
        // A node whose master has died does not ask whether it heard of it lately.
        "cluster-replica-validity-factor": 0,
        ...(await busPort(installation)),
        ...settings,
      })),
    ),
  );
  const nodes = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const cluster = new RedisCluster(nodes, masters);
  try {
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    await join(nodes, masters);
    await cluster.ready();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

/** Before Redis 7, nodes talk on the port that is 10,000 higher. */
async function busPort({ major }: RedisInstallation): Promise<RedisSettings> {
  return major < 7 ? {} : { "cluster-port": await freePort() };
}

/** Makes nodes one Cluster: the first ones share the slots evenly, the others follow them in turn. */
async function join(nodes: readonly RedisServer[], masters: number): Promise<void> {
  const [first] = nodes;
  const share = Math.ceil(SLOTS / masters);
  for (const [index, node] of nodes.entries()) {
    // Else all would start with the same, and which of two wins would have to be settled later.
    await node.call("CLUSTER", "SET-CONFIG-EPOCH", index + 1);
    if (index < masters)
      await node.call("CLUSTER", "ADDSLOTS", ...numbers(share * index, share * (index + 1)));
  }
  for (const node of nodes.slice(1)) {
    const bus = node.major < 7 ? [] : [((await node.call("CONFIG", "GET", "cluster-port")) as string[])[1]!];
    await first!.call("CLUSTER", "MEET", node.host, node.port, ...bus);
  }
  await waitFor(() => allKnow(nodes), { what: "the nodes of the Cluster to know each other" });
  for (const [index, node] of nodes.slice(masters).entries()) {
    await node.call("CLUSTER", "REPLICATE", await idOf(nodes[index % masters]!));
  }
  await Promise.all(nodes.slice(masters).map((node) => node.follows()));
}

function numbers(from: number, to: number): number[] {
  return Array.from({ length: Math.min(to, SLOTS) - from }, (_, index) => from + index);
}

async function idOf(node: RedisServer): Promise<string> {
  return (await node.call("CLUSTER", "MYID")) as string;
}

/** Ranges of slots, each with the address of its master. */
async function slotsOf(
  node: RedisServer,
): Promise<[from: number, to: number, [host: string, port: number]][]> {
  return (await node.call("CLUSTER", "SLOTS")) as [number, number, [string, number]][];
}

async function allKnow(nodes: readonly RedisServer[]): Promise<boolean> {
  const ids = await Promise.all(nodes.map(idOf));
  const views = await Promise.all(nodes.map(async (node) => (await node.call("CLUSTER", "NODES")) as string));
  return views.every((view) => ids.every((id) => view.includes(id)) && !/handshake/.test(view));
}

/** A Cluster of our own. It ends with this process, however this process ends, and its files are removed. */
export class RedisCluster implements AsyncDisposable {
  /** The masters, in the order of their slots, then their replicas in turn. */
  readonly nodes: readonly RedisServer[];
  readonly #masters: number;

  /** Use `startRedisCluster`. */
  constructor(nodes: readonly RedisServer[], masters: number) {
    this.nodes = nodes;
    this.#masters = masters;
  }

  /** Where a client finds the Cluster. */
  get addresses(): { host: string; port: number }[] {
    return this.nodes.map(({ host, port }) => ({ host, port }));
  }

  /** Waits until every node that runs says that the Cluster is whole, and each slot's node does run. */
  async ready({ timeoutMs = 60_000 }: { timeoutMs?: number } = {}): Promise<void> {
    const agree = async () => {
      const running = this.nodes.filter(({ pid }) => pid !== undefined);
      const whole = await Promise.all(running.map((node) => this.#isWhole(node)));
      return whole.length > 0 && whole.every(Boolean);
    };
    await waitFor(agree, { what: "the Cluster to be whole", timeoutMs, everyMs: 50 });
  }

  async #isWhole(seenBy: RedisServer): Promise<boolean> {
    const info = (await seenBy.call("CLUSTER", "INFO")) as string;
    const says = (line: string) => info.includes(`${line}\r\n`);
    if (!says("cluster_state:ok") || !says(`cluster_slots_ok:${SLOTS}`)) return false;
    const masters = (await slotsOf(seenBy)).map(([, , [, port]]) => port);
    // A node that has died is missed only after a while.
    return masters.every((port) => this.nodes.some((node) => node.port === port && node.pid !== undefined));
  }

  /** The slot of a key. */
  async slotOf(key: string): Promise<number> {
    return (await this.#running().call("CLUSTER", "KEYSLOT", key)) as number;
  }

  /** The node that takes writes for a key now. */
  async nodeOf(key: string): Promise<RedisServer> {
    const slot = await this.slotOf(key);
    const port = (await slotsOf(this.#running())).find(([from, to]) => from <= slot && slot <= to)?.[2][1];
    const node = this.nodes.find((one) => one.port === port);
    if (node === undefined) throw new Error(`slot ${slot} has no node`);
    return node;
  }

  /** Moves the slot of a key, with all keys in it, to another master, as when a Cluster grows. */
  async move(key: string, target: RedisServer): Promise<void> {
    const [slot, source] = [await this.slotOf(key), await this.nodeOf(key)];
    if (source === target) return;
    const [from, to] = [await idOf(source), await idOf(target)];
    await target.call("CLUSTER", "SETSLOT", slot, "IMPORTING", from);
    await source.call("CLUSTER", "SETSLOT", slot, "MIGRATING", to);
    for (;;) {
      const keys = (await source.call("CLUSTER", "GETKEYSINSLOT", slot, 1_000)) as string[];
      if (keys.length === 0) break;
      await source.call("MIGRATE", target.host, target.port, "", 0, 5_000, "KEYS", ...keys);
    }
    const masters = this.nodes.slice(0, this.#masters).filter(({ pid }) => pid !== undefined);
    for (const node of [target, source, ...masters]) await node.call("CLUSTER", "SETSLOT", slot, "NODE", to);
  }

  #running(): RedisServer {
    const node = this.nodes.find(({ pid }) => pid !== undefined);
    if (node === undefined) throw new Error("no node of this Cluster runs");
    return node;
  }

  /** Ends every node for good and removes their files. */
  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
