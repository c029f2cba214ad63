import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { give, serverAccount, temporaryDirectory } from "../process/account.js";
import { Daemon } from "../process/daemon.js";
import { startGuard, type Guard } from "../process/guard.js";
import { freePort, throughPort } from "../process/port.js";
import { obtainProgram } from "../process/programs.js";
import { waitFor } from "../process/wait.js";
import { withClient } from "../postgres/client.js";

/** How to pool, and before which server. */
export interface PgBouncerOptions {
  /** The URL of a superuser of the Postgres server, with a password. */
  upstream: string;
  /** When a connection goes back to the pool: after each transaction, or when the client leaves. */
  mode: "transaction" | "session";
  /** How many connections to the server for each user and database. Default 20. */
  poolSize?: number;
}

/**
 * A PgBouncer before a Postgres server, with its own defaults in everything else. It knows every database and every
 * role of the server, and takes their passwords. It ends with this process.
 */
export class PgBouncer implements AsyncDisposable {
  /** The URL of the upstream, by way of PgBouncer. */
  readonly url: string;
  readonly port: number;
  #guard: Guard;
  #daemon: Daemon;

  /** Use `startPgBouncer`. */
  constructor(upstream: string, port: number, daemon: Daemon, guard: Guard) {
    this.port = port;
    this.#daemon = daemon;
    this.#guard = guard;
    this.url = throughPort(upstream, port);
  }

  /** The same URL of a database of the server, by way of PgBouncer. */
  urlOf(url: string): string {
    return throughPort(url, this.port);
  }

  /** Ends it, and with it every connection through it. */
  async stop(): Promise<void> {
    await this.#daemon.end("SIGKILL");
    await this.#guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts PgBouncer on a free port of 127.0.0.1. Root installs it from Debian's packages where it is missing.
 *
 * @throws Error saying what to install where there is none.
 */
export async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const program = await obtainProgram("pgbouncer", "pgbouncer");
  // It refuses to run as root, too.
  const account = serverAccount();
  const dir = await temporaryDirectory("pgbouncer", account);
  const guard = startGuard(dir);
  try {
    const port = await freePort();
    const upstream = new URL(options.upstream);
    const user = decodeURIComponent(upstream.username);
    const files = {
      "users.txt": `"${user}" "${decodeURIComponent(upstream.password)}"\n`,
      "pgbouncer.ini": configuration({ ...options, dir, port, user }),
      log: "",
    };
    for (const [name, text] of Object.entries(files)) {
      await writeFile(join(dir, name), text);
      await give(join(dir, name), account);
    }
    const log = join(dir, "log");
    const daemon = await Daemon.start([program, join(dir, "pgbouncer.ini")], { account, guard, log });
    const bouncer = new PgBouncer(options.upstream, port, daemon, guard);
    await waitFor(() => daemon.ended || answers(bouncer.url), { what: "PgBouncer to answer" });
    if (daemon.ended) throw new Error(`PgBouncer did not start:\n${await readFile(log, "utf8")}`);
    return bouncer;
  } catch (error) {
    await guard.close();
    throw error;
  }
}

function configuration(options: PgBouncerOptions & { dir: string; port: number; user: string }): string {
  const { upstream, mode, poolSize = 20, dir, port, user } = options;
  const { hostname, port: upstreamPort } = new URL(upstream);
  return `[databases]
* = host=${hostname} port=${upstreamPort || 5432}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir = ${dir}
pool_mode = ${mode}
default_pool_size = ${poolSize}
max_client_conn = 1000
auth_type = scram-sha-256
auth_file = ${join(dir, "users.txt")}
auth_user = ${user}
auth_query = select usename, passwd from pg_shadow where usename = $1
`;
}

async function answers(url: string): Promise<boolean> {
  return withClient(url, async (client) => (await client.query("select 1")).rowCount === 1);
}
