import { spawn, type ChildProcess } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { childrenOf } from "../process/children.js";
import { freePort } from "../process/port.js";
import { isAlive, waitFor } from "../process/wait.js";
import { withClient } from "./client.js";
import { createCluster, type Cluster, type Settings } from "./cluster.js";
import { findInstallation, type Flavour } from "./installation.js";

/** What kind of Postgres to start. */
export interface StartOptions {
  /** Default `usual`: what the machine has. */
  flavour?: Flavour;
  /** With fsync, for measurements of real commits. Default false; kills of processes lose nothing either way. */
  durable?: boolean;
  /** More lines of postgresql.conf. */
  settings?: Settings;
}

/** How a server goes down: `fast` ends sessions and writes everything; `immediate` leaves it to crash recovery. */
export type ShutdownMode = "fast" | "immediate";

const signals = { fast: "SIGINT", immediate: "SIGQUIT" } as const;

/**
 * Starts a Postgres server that belongs to the caller alone, so that it may be restarted, killed and filled up. It
 * listens on a free port of 127.0.0.1 and runs as an unprivileged user where this process is root.
 *
 * @throws Error saying what to install, where no programs of Postgres are found.
 */
export async function startPostgres(options: StartOptions = {}): Promise<PostgresServer> {
  const { flavour = "usual", durable = false, settings = {} } = options;
  return launch(await createCluster(await findInstallation(flavour), { durable, settings }));
}

/** Starts a new cluster for the first time, on a port that is really free. */
async function launch(cluster: Cluster): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new PostgresServer(cluster, await freePort());
    try {
      await server.start();
      return server;
    } catch (error) {
      // Somebody else took the port since we looked.
      if (attempt < 5 && String(error).includes("Address already in use")) continue;
      await server.stop();
      throw error;
    }
  }
}

/**
 * A Postgres server of our own, with everything a fault test does to one. It ends with this process, however this
 * process ends, and its files are removed.
 *
 * | state | `start` | `shutdown`, `killPostmaster` | `stop` |
 * |---|---|---|---|
 * | running | error | down | gone |
 * | down (data and port kept) | running | nothing to do | gone |
 */
export class PostgresServer implements AsyncDisposable {
  /** As the server says it, for example `15.14`. */
  readonly version: string;
  readonly major: number;
  /** The TCP port on 127.0.0.1; the same after every restart. */
  readonly port: number;
  /** The superuser's name and password. */
  readonly superuser: { readonly user: string; readonly password: string };
  #cluster: Cluster;
  #process: ChildProcess | undefined;

  /** Use `startPostgres`. */
  constructor(cluster: Cluster, port: number) {
    this.#cluster = cluster;
    this.port = port;
    this.version = cluster.installation.version;
    this.major = cluster.installation.major;
    this.superuser = { user: "postgres", password: cluster.password };
  }

  /** The superuser's URL of the database `postgres`. */
  get url(): string {
    return this.urlOf("postgres");
  }

  /** The URL of a database, as the superuser or as another role. */
  urlOf(database: string, role: { user: string; password: string } = this.superuser): string {
    const credentials = `${encodeURIComponent(role.user)}:${encodeURIComponent(role.password)}`;
    return `postgres://${credentials}@127.0.0.1:${this.port}/${encodeURIComponent(database)}`;
  }

  /** The directory of this server, which it may write to; the guard removes it. */
  get directory(): string {
    return this.#cluster.dir;
  }

  /** The process that accepts connections; undefined while the server is down. */
  get postmaster(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts the server again after `shutdown` or `killPostmaster`, and waits until it answers. */
  async start(): Promise<void> {
    if (this.#process !== undefined) throw new Error("this Postgres server runs already");
    const { installation, account, data, dir, log, guard } = this.#cluster;
    const output = await open(log, "a");
    // Detached: Ctrl-C is for us, and the guard stops the server in good order.
    const child = spawn(join(installation.bin, "postgres"), ["-D", data, "-p", `${this.port}`, "-k", dir], {
      ...account,
      cwd: "/",
      env: { ...process.env, LC_ALL: "C" },
      detached: true,
      stdio: ["ignore", output.fd, output.fd],
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    await output.close();
    // Nobody's program is kept running by its server.
    child.unref();
    const pid = child.pid!;
    guard.watch(pid);
    this.#process = child;
    child.once("exit", () => {
      guard.forget(pid);
      if (this.#process === child) this.#process = undefined;
    });
    const waiting = { what: "Postgres to start", timeoutMs: 60_000 };
    if ((await waitFor(() => this.#progressOf(child), waiting)) === "failed") {
      throw new Error(`Postgres did not start. Its log ends with:\n${await this.logTail()}`);
    }
  }

  async #progressOf(child: ChildProcess): Promise<"started" | "failed" | undefined> {
    if (hasEnded(child)) return "failed";
    // The first line tells whose file it is, the eighth how far the server is; pg_ctl reads the same.
    const lines = (await readFile(join(this.#cluster.data, "postmaster.pid"), "utf8")).split("\n");
    const ready = Number(lines[0]) === child.pid && /^(ready|standby)\s*$/.test(lines[7] ?? "");
    return ready ? "started" : undefined;
  }

  /** Takes the server down and keeps its data: `start` brings it back. */
  async shutdown(mode: ShutdownMode = "fast"): Promise<void> {
    await this.#end(signals[mode]);
  }

  /** Down and up again on the same port. */
  async restart({ mode = "fast" }: { mode?: ShutdownMode } = {}): Promise<void> {
    await this.shutdown(mode);
    await this.start();
  }

  /** Kills every process of the server with −9, as when the machine's power goes; `start` brings it back. */
  async killPostmaster(): Promise<void> {
    const pid = this.postmaster;
    if (pid === undefined) return;
    const children = await childrenOf(pid);
    await this.#end("SIGKILL");
    for (const child of children) kill(child);
    await waitFor(() => !children.some(isAlive), { what: "the server's processes to be gone" });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined) return;
    child.ref();
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
    if (!hasEnded(child)) {
      child.kill(signal);
      await ended;
    }
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.#end("SIGQUIT");
    await this.#cluster.guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Waits until the server takes a new connection and answers, for example after crash recovery. */
  async ready(timeoutMs = 30_000): Promise<void> {
    const ask = () => withClient(this.url, async (client) => (await client.query("select 1")).rowCount === 1);
    await waitFor(ask, { what: "Postgres to answer", timeoutMs });
  }

  /** The processes that serve clients, of one database or application where that is asked for. */
  async backendPids({ database, application }: BackendFilter = {}): Promise<number[]> {
    const sql = `select pid from pg_stat_activity
      where backend_type = 'client backend' and pid <> pg_backend_pid()
        and ($1::text is null or datname = $1) and ($2::text is null or application_name = $2)`;
    return withClient(this.url, async (client) => {
      const { rows } = await client.query<{ pid: number }>(sql, [database, application]);
      return rows.map(({ pid }) => pid);
    });
  }

  /**
   * Kills one backend with −9. Postgres then ends every session and recovers, because the dead process may have
   * spoilt the shared memory. Resolves when the server has noticed; `ready` waits until it answers again.
   *
   * @throws Error when the process is none of this server's.
   */
  async killBackend(pid: number): Promise<void> {
    const postmaster = this.postmaster;
    const children = postmaster === undefined ? [] : await childrenOf(postmaster);
    if (!children.includes(pid)) throw new Error(`process ${pid} does not belong to this Postgres server`);
    kill(pid);
    await waitFor(() => !isAlive(pid), { what: `backend ${pid} to be gone` });
  }

  /**
   * Changes settings that need no restart, and waits until they hold for new statements.
   *
   * @example await server.set({ default_transaction_read_only: true });
   */
  async set(settings: Settings): Promise<void> {
    await withClient(this.url, async (client) => {
      for (const [name, value] of Object.entries(settings)) {
        await client.query(`alter system set ${name} = '${String(value).replaceAll("'", "''")}'`);
      }
      await client.query("select pg_reload_conf()");
    });
  }

  /** The last lines of the server's log. */
  async logTail(lines = 30): Promise<string> {
    return (await readFile(this.#cluster.log, "utf8")).trimEnd().split("\n").slice(-lines).join("\n");
  }
}

/** Which backends are meant. */
export interface BackendFilter {
  database?: string;
  /** The `application_name` of the connection. */
  application?: string;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
