import { execFileSync } from "node:child_process";
import { chown, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whom a server runs as. */
export interface Account {
  uid: number;
  gid: number;
}

/**
 * Some servers refuse to run as root, Postgres among them. Root therefore runs them as `postgres` where a package
 * made that user, else as `nobody`, which every system has. Anybody else runs them as themselves: undefined.
 *
 * @throws Error when root finds neither user.
 */
export function serverAccount(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  for (const name of ["postgres", "nobody"]) {
    const uid = idOf(name, "-u");
    const gid = idOf(name, "-g");
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(
    "The servers of the tests do not run as root, and there is neither a user `postgres` nor `nobody`. " +
      "Make one: useradd --system postgres",
  );
}

function idOf(name: string, flag: "-u" | "-g"): number | undefined {
  try {
    return Number(
      execFileSync("id", [flag, name], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
  } catch {
    return undefined;
  }
}

/** A new empty directory that only the account may enter. */
export async function temporaryDirectory(name: string, account: Account | undefined): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), `evenmatch-${name}-`));
  await give(dir, account);
  return dir;
}

/** Makes a file or directory that we wrote the account's. */
export async function give(path: string, account: Account | undefined): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}
