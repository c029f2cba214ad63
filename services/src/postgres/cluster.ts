import { appendFile, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { give, serverAccount, temporaryDirectory, type Account } from "../process/account.js";
import { startGuard, type Guard } from "../process/guard.js";
import { run } from "../process/run.js";
import { withinReach, type Installation } from "./installation.js";

/** Settings of postgresql.conf. */
export type Settings = Record<string, string | number | boolean>;

/** The files of one server and who may touch them. The guard removes them when this process ends. */
export interface Cluster {
  installation: Installation;
  /** The same programs where the account can run them. */
  programs: Installation;
  account: Account | undefined;
  /** Holds the data, the socket and the log. */
  dir: string;
  data: string;
  log: string;
  password: string;
  guard: Guard;
  /** The size of its small disk, where it has one. */
  smallDiskMegabytes?: number | undefined;
}

const always: Settings = {
  max_connections: 200,
  wal_level: "replica",
  // A standby that was away for a while finds what it missed.
  wal_keep_size: "256MB",
  max_wal_senders: 10,
  listen_addresses: "127.0.0.1",
  // Messages are read by tests.
  lc_messages: "C",
  timezone: "UTC",
};

// Nothing is lost when a process is killed, only when the whole machine goes down: what a commit wrote is with the
// operating system. So kills and restarts are honest tests with these settings too.
const quick: Settings = { fsync: false, full_page_writes: false };

/** An empty cluster after initdb, not started yet. */
export async function createCluster(
  installation: Installation,
  { durable, settings }: { durable: boolean; settings: Settings },
): Promise<Cluster> {
  const cluster = await clusterDirectory(installation, randomBytes(12).toString("hex"));
  try {
    await initialise(cluster);
    await configure(cluster, { ...always, ...(durable ? {} : quick), ...settings });
    return cluster;
  } catch (error) {
    await cluster.guard.close();
    throw error;
  }
}

/** The directory of a cluster, without data. */
export async function clusterDirectory(installation: Installation, password: string): Promise<Cluster> {
  const account = serverAccount();
  const dir = await temporaryDirectory("postgres", account);
  const guard = startGuard(dir);
  const files = { data: join(dir, "data"), log: join(dir, "log") };
  try {
    await writeFile(files.log, "");
    const programs = await withinReach(installation, account, dir);
    return { installation, programs, account, dir, ...files, password, guard };
  } catch (error) {
    await guard.close();
    throw error;
  }
}

async function initialise({ programs, account, dir, data, password }: Cluster): Promise<void> {
  const passwordFile = join(dir, "password");
  await writeFile(passwordFile, password, { mode: 0o600 });
  await give(passwordFile, account);
  const args = ["--username=postgres", `--pwfile=${passwordFile}`, "--auth=scram-sha-256"];
  const locale = ["--encoding=UTF8", "--locale=C"];
  await run(join(programs.bin, "initdb"), [`--pgdata=${data}`, "--no-sync", ...args, ...locale], {
    account,
    env: { LC_ALL: "C" },
  });
}

/** Adds settings to postgresql.conf; they hold from the next start. */
export async function configure({ data }: Cluster, settings: Settings): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${quoted(value)}\n`);
  await appendFile(join(data, "postgresql.conf"), lines.join(""));
}

function quoted(value: string | number | boolean): string {
  return `'${String(value).replaceAll("'", "''")}'`;
}
