import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { give, temporaryDirectory } from "../process/account.js";
import { run } from "../process/run.js";
import { withClient } from "./client.js";
import type { Cluster } from "./cluster.js";

function smallDiskOf({ dir }: Cluster): string {
  return join(dir, "small");
}

/** Whether this machine can give a server a small disk: Linux, as root or where users may have namespaces. */
export async function canHaveSmallDisk(): Promise<boolean> {
  const dir = await temporaryDirectory("disk", undefined);
  const asWho = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  try {
    await run("unshare", [...asWho, "--mount", "mount", "-t", "tmpfs", "tmpfs", dir]);
    return true;
  } catch {
    return false;
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Makes the small disk known to its server as the tablespace `small`. */
export async function createSmallTablespace(url: string, cluster: Cluster): Promise<void> {
  await withClient(url, (client) =>
    client.query(`create tablespace small location '${smallDiskOf(cluster)}'`),
  );
}

// "$1" is where the disk goes, "$2" its options, the rest what to run.
const AS_ROOT = `mount -t tmpfs -o "$2" tmpfs "$1" && shift 2 && exec setpriv --clear-groups "$@"`;
const AS_USER = `mount -t tmpfs -o "$2" tmpfs "$1" && shift 2 && exec unshare --user "$@"`;

/**
 * The command, to be started as who we are, that runs a server with a small disk in memory, which really runs full. Only the server and its
 * children see the disk (a mount namespace of Linux), and it goes with them; so it does not outlast a restart. Root
 * may do that, and others where the system allows user namespaces.
 */
export async function withSmallDisk(
  cluster: Cluster,
  megabytes: number,
  command: string[],
): Promise<string[]> {
  const disk = smallDiskOf(cluster);
  await mkdir(disk, { recursive: true });
  await give(disk, cluster.account);
  const options = `size=${megabytes}m,mode=0700`;
  if (cluster.account !== undefined) {
    const { uid, gid } = cluster.account;
    const script = ["sh", "-c", AS_ROOT, "sh", disk, `${options},uid=${uid},gid=${gid}`];
    return ["unshare", "--mount", ...script, `--reuid=${uid}`, `--regid=${gid}`, ...command];
  }
  const [uid, gid] = [process.getuid!(), process.getgid!()];
  const script = ["sh", "-c", AS_USER, "sh", disk, options];
  const namespaces = ["unshare", "--user", "--map-root-user", "--mount"];
  return [...namespaces, ...script, `--map-user=${uid}`, `--map-group=${gid}`, ...command];
}
