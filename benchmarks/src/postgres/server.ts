import { startPostgres, type PostgresServer } from "@evenmatch/services";
import { migrate } from "@evenmatch/adapter-postgres";
import { Pool } from "pg";
import { percentile } from "../figures.js";
import { cpuOf } from "../deployment/cpu.js";
import type { EngineServer } from "../deployment/engine.js";
import { figure } from "../report.js";

/** More lines of postgresql.conf. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/** What is not about durability: room, and no checkpoint but those that the rounds begin with. */
const ROOM: Settings = { shared_buffers: "256MB", max_wal_size: "4GB", checkpoint_timeout: "30min" };

/**
 * Runs work on a Postgres of its own that commits as one in use does: to disk before it answers (`fsync`,
 * `full_page_writes`, `synchronous_commit` on), with the adapter's tables in it.
 */
export async function onServer<T>(
  work: (server: BenchServer) => Promise<T>,
  settings: Settings = {},
): Promise<T> {
  await using server = await startPostgres({ durable: true, settings: { ...ROOM, ...settings } });
  const pool = connections(server.url, 2);
  try {
    await migrate(pool);
    return await work(new BenchServer(server, pool));
  } finally {
    await pool.end();
  }
}

/** A pool of the driver. Its last connections may still be on their way out when the server stops. */
export function connections(url: string, max: number, options = ""): Pool {
  const pool = new Pool({ connectionString: url, max, options });
  pool.on("error", () => {});
  return pool;
}

/** The server of a run, and a pool for what is not measured. */
export class BenchServer implements EngineServer {
  readonly url: string;
  readonly admin: Pool;
  readonly #server: PostgresServer;

  constructor(server: PostgresServer, admin: Pool) {
    this.#server = server;
    this.url = server.url;
    this.admin = admin;
  }

  /** Which server it is, and what a commit costs on it: without that, figures of two machines cannot be compared. */
  async describe(): Promise<string> {
    await this.admin.query("CREATE TABLE commits (n integer)");
    const took: number[] = [];
    for (let n = 0; n < COMMITS; n++) {
      const started = performance.now();
      await this.admin.query("INSERT INTO commits VALUES ($1)", [n]);
      took.push(performance.now() - started);
    }
    await this.admin.query("DROP TABLE commits");
    const [median, high] = [0.5, 0.99].map((share) => figure(percentile(took, share)));
    return `Postgres ${this.#server.version}, fsync and full_page_writes on; one row in a commit: median ${median!} ms, p99 ${high!} ms`;
  }

  /** Brings tables into the state in which every round begins, and everything to disk. */
  async rest(): Promise<void> {
    await this.admin.query("VACUUM (ANALYZE)");
    await this.admin.query("CHECKPOINT");
  }

  /** CPU that the server has taken since it started, in ms; 0 where the system does not tell. */
  async cpu(): Promise<number> {
    return cpuOf(this.#server.postmaster ?? 0);
  }
}

const COMMITS = 200;
