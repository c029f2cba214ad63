import { waitFor } from "../process/wait.js";
import type { RedisSettings } from "./files.js";
import { obtainRedis, type RedisPlaces } from "./installation.js";
import { launchRedis, type RedisServer } from "./server.js";

/** What Sentinel is to watch. */
export interface RedisSentinelOptions {
  /** How many servers follow the master. Default 1. */
  replicas?: number;
  /** How long the master may be silent before it is taken for dead, ms. Default 1,000. */
  downAfterMs?: number;
  /** More lines of redis.conf of the master and of its replicas. */
  settings?: RedisSettings;
  /** Where to look for the program. Default PATH, then Debian's package. */
  places?: RedisPlaces;
}

/** The name by which clients ask for the master. */
const NAME = "evenmatch";

// Looks around every few hundred milliseconds instead of every ten seconds, and does not rest for half a minute when
// the machine was too busy for it. Redis 6 cannot be told so, and is slower.
const HASTE = [
  ["info-period", 500],
  ["publish-period", 200],
  ["ask-period", 200],
  ["tilt-trigger", 30_000],
] as const;

/** Three, of which two have to agree that the master is gone. */
const SENTINELS = 3;

/**
 * Starts a master, a replica of it, and three Sentinels that put the replica in its place when it dies.
 *
 * A client learns the master's address from a Sentinel. To have it go through proxies, give it a `natMap` from each
 * server's `host:port` to the address of the proxy before it.
 *
 * @throws Error saying what to install, where no program of Redis is found.
 */
export async function startRedisSentinel(options: RedisSentinelOptions = {}): Promise<RedisSentinel> {
  const { replicas = 1, downAfterMs = 1_000, settings = {}, places } = options;
  const installation = await obtainRedis(places);
  const [servers, sentinels]: [RedisServer[], RedisServer[]] = [[], []];
  const watched = new RedisSentinel(servers, sentinels);
  try {
    const master = await launchRedis(installation, () => settings);
    servers.push(master);
    for (let count = 0; count < replicas; count++) servers.push(await master.replica(settings));
    const password = decodeURIComponent(new URL(master.url).password);
    // Sentinel reads its lines in their order: the master first, then what is said of it.
    const lines = [
      `monitor ${NAME} ${master.host} ${master.port} 2`,
      `down-after-milliseconds ${NAME} ${downAfterMs}`,
      `failover-timeout ${NAME} 10000`,
      ...(password === "" ? [] : [`auth-pass ${NAME} ${password}`]),
    ];
    for (let count = 0; count < SENTINELS; count++) {
      const sentinel = await launchRedis(installation, () => ({ sentinel: lines }), { sentinel: true });
      sentinels.push(sentinel);
      if (installation.major >= 7) await sentinel.call("SENTINEL", "DEBUG", ...HASTE.flat());
    }
    await watched.ready();
    return watched;
  } catch (error) {
    await watched.stop();
    throw error;
  }
}

/** A master with its replicas under Sentinel. All end with this process, and their files are removed. */
export class RedisSentinel implements AsyncDisposable {
  /** The name by which clients ask for the master. */
  readonly name = NAME;
  /** The master and its replicas; which is which changes. */
  readonly servers: readonly RedisServer[];
  readonly sentinels: readonly RedisServer[];

  /** Use `startRedisSentinel`. */
  constructor(servers: readonly RedisServer[], sentinels: readonly RedisServer[]) {
    this.servers = servers;
    this.sentinels = sentinels;
  }

  /** Where a client finds the Sentinels. */
  get addresses(): { host: string; port: number }[] {
    return this.sentinels.map(({ host, port }) => ({ host, port }));
  }

  /** The server that most Sentinels hold for the master. */
  async master(): Promise<RedisServer> {
    const said = await Promise.all(this.sentinels.map((sentinel) => this.#masterSaidBy(sentinel)));
    const server = this.servers.find(
      ({ port }) => said.filter((one) => one === port).length * 2 > said.length,
    );
    if (server === undefined) throw new Error("the Sentinels do not agree who the master is");
    return server;
  }

  async #masterSaidBy(sentinel: RedisServer): Promise<number | undefined> {
    if (sentinel.pid === undefined) return undefined;
    const [, port] = (await sentinel.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)) as [string, string];
    return Number(port);
  }

  /** Waits until every Sentinel knows the others and the replicas that run, so that a fail-over would succeed. */
  async ready({ timeoutMs = 60_000 }: { timeoutMs?: number } = {}): Promise<void> {
    const replicas = this.servers.filter(({ pid }) => pid !== undefined).length - 1;
    const look = async () => {
      const states = await Promise.all(this.sentinels.map(stateOf));
      return states.every(
        ({ master, replicas: known }) =>
          master["flags"] === "master" &&
          Number(master["num-other-sentinels"]) === SENTINELS - 1 &&
          known.filter(follows).length >= replicas,
      );
    };
    await waitFor(look, { what: "Sentinel to know everybody", timeoutMs, everyMs: 50 });
  }

  /** After how long a silent server counts as gone, from now on, in ms. */
  async downAfter(ms: number): Promise<void> {
    for (const sentinel of this.sentinels)
      await sentinel.call("SENTINEL", "SET", NAME, "down-after-milliseconds", ms);
  }

  /**
   * Has the master fail, by default killed with −9, and waits until another has taken its place and takes writes.
   *
   * @returns who was master and who is now; `start` brings the old one back, as a replica
   */
  async failOver(
    fail: (master: RedisServer) => unknown = (master) => master.kill(),
  ): Promise<{ old: RedisServer; master: RedisServer }> {
    const old = await this.master();
    await fail(old);
    const look = async () => {
      const master = await this.master();
      if (master === old) return undefined;
      const role = (await master.call("ROLE")) as string[];
      return role[0] === "master" ? master : undefined;
    };
    const master = await waitFor(look, { what: "another master", timeoutMs: 60_000, everyMs: 50 });
    return { old, master };
  }

  /** Ends everything for good and removes the files. */
  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.servers].map((server) => server.stop()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

type State = Record<string, string>;

/** What a Sentinel knows of the master, and of each replica. */
async function stateOf(sentinel: RedisServer): Promise<{ master: State; replicas: State[] }> {
  const master = record((await sentinel.call("SENTINEL", "MASTER", NAME)) as string[]);
  const replicas = ((await sentinel.call("SENTINEL", "REPLICAS", NAME)) as string[][]).map(record);
  return { master, replicas };
}

function follows(replica: State): boolean {
  return replica["flags"] === "slave" && replica["master-link-status"] === "ok";
}

function record(pairs: readonly string[]): State {
  return Object.fromEntries(pairs.flatMap((name, at) => (at % 2 === 0 ? [[name, pairs[at + 1]!]] : [])));
}
