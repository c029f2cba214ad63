import { findProgram, installPackage, programDirectories } from "../process/programs.js";
import { run } from "../process/run.js";

/** The program of one Redis release; it is the server, a node of a Cluster, and Sentinel. */
export interface RedisInstallation {
  program: string;
  /** As the server says it: `7.0.15`. */
  version: string;
  major: number;
}

/** Where to look for Redis. */
export interface RedisPlaces {
  /** The directories of the machine, in order. */
  directories: readonly string[];
  /** The program that starts containers. */
  docker: string;
  /** The package of Debian that root installs where there is nothing else; none where it is left out. */
  debianPackage?: string;
}

/** What to install, for errors about a missing Redis. */
export const redisRemedy = "Install Redis 6.2 or newer (Debian: apt-get install redis-server).";

/** PATH, Docker, and Debian's package. */
export function usualRedisPlaces(): RedisPlaces {
  return { directories: programDirectories(), docker: "docker", debianPackage: "redis-server" };
}

/** The machine's own Redis of release 6.2 or newer; undefined where there is none. */
export async function machineRedis({ directories }: RedisPlaces): Promise<RedisInstallation | undefined> {
  for (const dir of directories) {
    const program = await findProgram("redis-server", [dir]);
    if (program === undefined) continue;
    const said = await run(program, ["--version"]).catch(() => "");
    const version = / v=((\d+)\.(\d+)\S*)/.exec(said);
    if (version === null) continue;
    const [major, minor] = [Number(version[2]), Number(version[3])];
    if (major > 6 || (major === 6 && minor >= 2)) return { program, version: version[1]!, major };
  }
  return undefined;
}

/**
 * The machine's own Redis, which root installs from Debian's packages where it is missing.
 *
 * @throws Error saying what to install, where that is impossible.
 */
export async function obtainRedis(places: RedisPlaces = usualRedisPlaces()): Promise<RedisInstallation> {
  const there = await machineRedis(places);
  if (there !== undefined) return there;
  const { debianPackage } = places;
  const failure = debianPackage === undefined ? undefined : await installPackage(debianPackage);
  const installed = debianPackage === undefined ? undefined : await machineRedis(places);
  if (installed !== undefined) return installed;
  throw new Error(`No redis-server of release 6.2 or newer was found. ${redisRemedy}`, { cause: failure });
}
