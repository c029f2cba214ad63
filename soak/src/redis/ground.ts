import { setTimeout as pause } from "node:timers/promises";
import { startProxy, startRedis, type RedisServer, type TcpProxy } from "@evenmatch/services";
import type { LossWindow, Rng } from "@evenmatch/testkit";
import type { Dump, Ground } from "../cluster/ground.js";
import { strikeProxy } from "../cluster/network.js";
import { LEASE_MS } from "../server/settings.js";
import { killServer, loseTail, tearLog } from "./death.js";
import { dump, isSettled } from "./dump.js";
import { lossWindow, type Death, type Durability } from "./durability.js";
import type { RedisSettings } from "./ports.js";
import { Replication } from "./replication.js";

/**
 * Who believes what a server acknowledged before it died finds out within a lease of its return, and so many ms: a run
 * holds back answers that a process has not read yet, and stops processes, for up to that long.
 */
const NOTICE = 5_000;

/** No setting with a log allows to lose so much, in ms, nor anything of it that is older than the rest. */
const LONG_TAIL = { tailMs: 4_000, excusedMs: 2_500 };

/** A Redis of its own for one run, with a proxy in front of it for each server process. */
export class RedisGround implements Ground {
  readonly lossWindows: LossWindow[] = [];
  readonly #durability: Durability;
  readonly #proxies = new Map<string, TcpProxy>();
  #server: RedisServer;
  #replication: Replication | undefined;
  /** What is done to the server itself is done one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosing = false;

  private constructor(durability: Durability, server: RedisServer, replication: Replication | undefined) {
    this.#durability = durability;
    this.#server = server;
    this.#replication = replication;
  }

  static async open(durability: Durability): Promise<RedisGround> {
    // A script that runs for longer than this makes the server say BUSY; the default is 5 s.
    const server = await startRedis({ settings: { ...durability.settings, "lua-time-limit": 50 } });
    try {
      const replication = durability.hasReplica
        ? await Replication.start(server, { chain: durability.replicas !== undefined })
        : undefined;
      return new RedisGround(durability, server, replication);
    } catch (error) {
      await server.stop();
      throw error;
    }
  }

  async settingsOf(process: string): Promise<RedisSettings> {
    const proxy = await startProxy(this.#server.url);
    this.#proxies.set(process, proxy);
    const { replicas } = this.#durability;
    return { name: process, url: proxy.urlOf(this.#server.url), ...(replicas && { replicas }) };
  }

  async strike(kind: string, process: string, rng: Rng): Promise<void> {
    switch (kind) {
      case "kill-server":
        return this.#dies(async (server) => {
          const death = await killServer(server);
          if (this.#durability.settings["appendfsync"] === "always") await tearLog(server);
          return death;
        });
      case "lose-tail":
        return this.#dies((server) => loseTail(server, { tailMs: rng.int(300, 1_500) }, rng));
      case "lose-long-tail":
        return this.#dies((server) => loseTail(server, LONG_TAIL, rng));
      case "fail-over":
        return this.#failOver(rng.int(500, 1_500));
      case "script-flush":
        return this.#toServer(async (server) => {
          await server.call("SCRIPT", "FLUSH");
        });
      case "busy":
        return this.#toServer((server) => keepBusy(server, rng.int(200, 1_500)));
      case "oom":
        return this.#toServer((server) => fill(server, rng.int(200, 1_500)));
      case "readonly":
        return this.#toServer((server) => demote(server, rng.int(200, 1_500)));
      case "pause":
        return this.#toServer((server) => freeze(server, rng.int(500, 3_000)));
      default:
        return strikeProxy(kind, this.#proxies.get(process), rng);
    }
  }

  gone(process: string): void {
    const proxy = this.#proxies.get(process);
    this.#proxies.delete(process);
    proxy?.close().catch(() => {});
  }

  isSettled(): Promise<boolean> {
    return isSettled(this.#server.url);
  }

  dump(): Promise<Dump> {
    return dump(this.#server.url);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#last.catch(() => {});
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
    await this.#replication?.close();
    await this.#server.stop();
  }

  /** The server dies, and comes back with what it has. */
  #dies(die: (server: RedisServer) => Promise<Death>): Promise<void> {
    return this.#toServer(async (server) => {
      const death = await die(server);
      await server.start();
      this.#mayHaveLost(death);
    });
  }

  /** The master dies while its replica is behind, and the replica takes over its address. */
  #failOver(behindMs: number): Promise<void> {
    return this.#toServer(async (master) => {
      const replication = this.#replication;
      if (!replication) throw new Error("there is no replica to fail over to");
      const { death, successor } = await replication.failOver(master, behindMs);
      this.#server = successor;
      for (const proxy of this.#proxies.values()) proxy.target(successor.url);
      this.#mayHaveLost(death);
    });
  }

  #mayHaveLost(death: Death): void {
    const window = lossWindow(this.#durability, death, Date.now() + LEASE_MS + NOTICE);
    if (window) this.lossWindows.push(window);
  }

  #toServer(run: (server: RedisServer) => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (!this.#isClosing) await run(this.#server);
    });
    this.#last = done.catch(() => {});
    return done;
  }
}

/** A script that does not end: others are told BUSY, until it is killed. */
async function keepBusy(server: RedisServer, forMs: number): Promise<void> {
  const running = server.call("EVAL", "while true do end", 0).catch(() => {});
  await pause(forMs);
  await server.call("SCRIPT", "KILL");
  await running;
}

/** The server has no memory left: what writes is told OOM. */
async function fill(server: RedisServer, forMs: number): Promise<void> {
  await server.set({ maxmemory: 1 });
  await pause(forMs);
  await server.set({ maxmemory: 0 });
}

/** The server is made a replica of nobody: what writes is told READONLY. */
async function demote(server: RedisServer, forMs: number): Promise<void> {
  await server.call("REPLICAOF", "127.0.0.1", 1);
  await pause(forMs);
  await server.promote();
}

/** The server stands still: connections stay open, and nobody answers. */
async function freeze(server: RedisServer, forMs: number): Promise<void> {
  server.pause();
  await pause(forMs);
  server.resume();
}
