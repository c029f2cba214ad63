import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import { startProxy, type RedisServer, type TcpProxy } from "@evenmatch/services";
import { killServer, PATIENCE, SAMPLE } from "./death.js";
import type { Death } from "./durability.js";

/** A replica of a master, by way of a network that can be cut; and, for who waits for replicas, one behind it. */
export class Replication {
  readonly #replica: RedisServer;
  readonly #last: RedisServer | undefined;
  readonly #network: TcpProxy;
  #dead: RedisServer | undefined;

  private constructor(replica: RedisServer, last: RedisServer | undefined, network: TcpProxy) {
    this.#replica = replica;
    this.#last = last;
    this.#network = network;
  }

  /** @param chain whether the replica has one of its own, so that it is not alone once it has taken over */
  static async start(master: RedisServer, { chain }: { readonly chain: boolean }): Promise<Replication> {
    const replica = await master.replica();
    let last: RedisServer | undefined;
    try {
      const network = await startProxy(master.url);
      await replica.call("REPLICAOF", "127.0.0.1", network.port);
      await replica.follows();
      if (chain) last = await replica.replica();
      return new Replication(replica, last, network);
    } catch (error) {
      await last?.stop();
      await replica.stop();
      throw error;
    }
  }

  /** The way to the replica breaks: from now on it gets nothing, and nobody is told. */
  behind(): void {
    this.#network.halfOpen();
  }

  /**
   * The way to the replica breaks; the master goes on for so many ms, as far as it is set up to, and dies; the replica
   * takes over without what it never got. It dies later where nothing has come yet.
   *
   * @throws Error when the replica has everything even after `patienceMs` more: nothing can be lost then.
   */
  async failOver(
    master: RedisServer,
    behindMs: Millis,
    patienceMs: Millis = PATIENCE,
  ): Promise<{ readonly death: Death; readonly successor: RedisServer }> {
    this.behind();
    const until = Date.now() + behindMs + patienceMs;
    await pause(behindMs);
    while ((await offsetOf(master)) <= (await offsetOf(this.#replica))) {
      if (Date.now() >= until)
        throw new Error("the replica has all that its master did: there is no tail to lose");
      await pause(SAMPLE);
    }
    const death = await killServer(master);
    this.#dead = master;
    await this.#replica.promote();
    return { death, successor: this.#replica };
  }

  /** Ends what the caller does not: the replica until it has taken over, the master from then on. */
  async close(): Promise<void> {
    await this.#network.close();
    await this.#last?.stop();
    await (this.#dead ?? this.#replica).stop();
  }
}

/** How much of the stream of changes a server has. */
async function offsetOf(server: RedisServer): Promise<number> {
  const info = (await server.call("INFO", "replication")) as string;
  const name = /^role:slave/m.test(info) ? "slave_repl_offset" : "master_repl_offset";
  return Number(new RegExp(`^${name}:(\\d+)`, "m").exec(info)?.[1]);
}
