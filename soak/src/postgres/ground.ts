import { migrate } from "@evenmatch/adapter-postgres";
import { startPostgres, startProxy, type PostgresServer, type TcpProxy } from "@evenmatch/services";
import type { Rng } from "@evenmatch/testkit";
import type { Dump, Ground, Mix } from "../cluster/ground.js";
import { strikeProxy } from "../cluster/network.js";
import { dump, isSettled } from "./dump.js";
import type { PostgresSettings } from "./ports.js";

/** A Postgres of its own for one run, with a proxy in front of it for each server process. */
export class PostgresGround implements Ground {
  /** It keeps what it acknowledged, through all that is done to it here. */
  readonly lossWindows = [];
  readonly #proxies = new Map<string, TcpProxy>();
  #primary: PostgresServer;
  #standby: PostgresServer | undefined;
  /** What is done to the server itself is done one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosing = false;

  private constructor(primary: PostgresServer, standby: PostgresServer | undefined) {
    this.#primary = primary;
    this.#standby = standby;
  }

  static async open(mix: Mix): Promise<PostgresGround> {
    const primary = await startPostgres();
    try {
      await migrate(primary.url);
      // Synchronous: nothing that was acknowledged may be lost with the primary.
      const standby = mix.faults["fail-over"] ? await primary.standby({ synchronous: true }) : undefined;
      return new PostgresGround(primary, standby);
    } catch (error) {
      await primary.stop();
      throw error;
    }
  }

  async settingsOf(process: string): Promise<PostgresSettings> {
    const proxy = await startProxy(this.#primary.url);
    this.#proxies.set(process, proxy);
    return { name: process, url: proxy.urlOf(this.#primary.url) };
  }

  async strike(kind: string, process: string, rng: Rng): Promise<void> {
    switch (kind) {
      case "kill-backend":
        return this.#toServer((server) => killBackend(server, process, rng));
      case "restart-fast":
        return this.#toServer((server) => server.restart({ mode: "fast" }));
      case "restart-immediate":
        return this.#toServer((server) => server.restart({ mode: "immediate" }));
      case "fail-over":
        return this.#toServer((server) => this.#failOver(server));
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
    return isSettled(this.#primary.url);
  }

  dump(): Promise<Dump> {
    return dump(this.#primary.url);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#last.catch(() => {});
    await Promise.all([...this.#proxies.values()].map((proxy) => proxy.close()));
    await this.#standby?.stop();
    await this.#primary.stop();
  }

  #toServer(run: (server: PostgresServer) => Promise<void>): Promise<void> {
    const done = this.#last.then(async () => {
      if (this.#isClosing) return;
      await this.#primary.ready();
      await run(this.#primary);
      await this.#primary.ready();
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** The primary dies as when its power goes, and the standby takes over its address. */
  async #failOver(primary: PostgresServer): Promise<void> {
    const standby = this.#standby;
    if (!standby) throw new Error("there is no standby to fail over to");
    await primary.killPostmaster();
    await standby.promote();
    this.#primary = standby;
    this.#standby = undefined;
    for (const proxy of this.#proxies.values()) proxy.target(standby.url);
    await primary.stop();
  }
}

/** Kills one of the backends that serve a process with −9, while it serves it if one does. */
async function killBackend(server: PostgresServer, application: string, rng: Rng): Promise<void> {
  const pids = await server.backendPids({ application });
  const others = pids.length > 0 ? pids : await server.backendPids();
  if (others.length === 0) return;
  const pid = rng.pick(others);
  await server.killBackend(pid).catch(async (error: unknown) => {
    // It may have ended by itself since.
    if ((await server.backendPids()).includes(pid)) throw error;
  });
}
