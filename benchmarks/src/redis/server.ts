import { startRedis, type RedisServer } from "@evenmatch/services";
import { Redis } from "ioredis";
import { cpuOf } from "../deployment/cpu.js";
import type { EngineServer } from "../deployment/engine.js";
import { percentile } from "../figures.js";
import { figure } from "../report.js";

/** Everything is written to a log, which reaches the disk once a second: what the docs advise for most. */
const SETTINGS = { appendonly: true, appendfsync: "everysec" } as const;

const WRITES = 500;

/** Runs work on a Redis of its own that writes a log, as one in use does. */
export async function onServer<T>(work: (server: BenchServer) => Promise<T>): Promise<T> {
  await using server = await startRedis({ settings: SETTINGS });
  const admin = client(server.url);
  try {
    return await work(new BenchServer(server, admin));
  } finally {
    admin.disconnect();
  }
}

/** A client of the driver. Its connection may still be on its way out when the server stops. */
export function client(url: string): Redis {
  const redis = new Redis(url);
  redis.on("error", () => {});
  return redis;
}

/** The server of a run, and a client for what is not measured. */
export class BenchServer implements EngineServer {
  readonly url: string;
  readonly admin: Redis;
  readonly #server: RedisServer;

  constructor(server: RedisServer, admin: Redis) {
    this.#server = server;
    this.url = server.url;
    this.admin = admin;
  }

  async describe(): Promise<string> {
    const took: number[] = [];
    for (let n = 0; n < WRITES; n++) {
      const started = performance.now();
      await this.admin.set("bare", n);
      took.push(performance.now() - started);
    }
    await this.admin.del("bare");
    const [median, high] = [0.5, 0.99].map((share) => figure(percentile(took, share)));
    return `Redis ${this.#server.version}, appendfsync ${SETTINGS.appendfsync}; one SET: median ${median!} ms, p99 ${high!} ms`;
  }

  /** There is nothing to bring about: what it wrote is nowhere waited for. */
  async rest(): Promise<void> {}

  /** Takes everything away, so that no round finds what another left. */
  async empty(): Promise<void> {
    await this.admin.flushall();
  }

  async cpu(): Promise<number> {
    return cpuOf(this.#server.pid ?? 0);
  }

  /** Bytes of what it holds. */
  async memory(): Promise<number> {
    return Number(/^used_memory:(\d+)/m.exec(await this.admin.info("memory"))?.[1]);
  }

  /** Notes every command from now on. */
  async forgetSlow(): Promise<void> {
    await this.admin.config("SET", "slowlog-log-slower-than", 0);
    await this.admin.config("SET", "slowlog-max-len", 100_000);
    await this.admin.call("SLOWLOG", "RESET");
  }

  /** What the slowest command since then took, in ms. */
  async slowest(): Promise<number> {
    const log = (await this.admin.call("SLOWLOG", "GET", -1)) as [number, number, number, string[]][];
    // Throwing away what was noted before is noted, too.
    const noted = log.filter(([, , , [command]]) => command?.toLowerCase() !== "slowlog");
    return Math.max(0, ...noted.map(([, , micros]) => micros)) / 1_000;
  }
}
