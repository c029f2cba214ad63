import { mkdir, readdir, stat, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { give, serverAccount, temporaryDirectory, type Account } from "../process/account.js";
import { startGuard, type Guard } from "../process/guard.js";
import type { RedisInstallation } from "./installation.js";

/**
 * Lines of redis.conf. A text is written as it is (`save: "900 1"`), `true` and `false` as `yes` and `no`, and each
 * member of a list is a line of its own.
 */
export type RedisSettings = Record<string, string | number | boolean | readonly string[]>;

/** The files of one server and who may touch them. The guard removes them when this process ends. */
export interface RedisFiles {
  installation: RedisInstallation;
  account: Account | undefined;
  /** Holds the data, the configuration and the log. */
  dir: string;
  data: string;
  config: string;
  log: string;
  guard: Guard;
}

/** The directory of a server that has not been started yet. */
export async function redisDirectory(installation: RedisInstallation): Promise<RedisFiles> {
  // Redis would run as root, but whoever reaches such a server without a password may write files as root.
  const account = serverAccount();
  const dir = await temporaryDirectory("redis", account);
  const guard = startGuard(dir);
  const files = { data: join(dir, "data"), config: join(dir, "redis.conf"), log: join(dir, "log") };
  try {
    await writeFile(files.log, "");
    await mkdir(files.data);
    await give(files.data, account);
    return { installation, account, dir, ...files, guard };
  } catch (error) {
    await guard.close();
    throw error;
  }
}

/** Writes the configuration, which holds from the next start. */
export async function configureRedis(
  { config, account }: RedisFiles,
  settings: RedisSettings,
): Promise<void> {
  await writeFile(config, Object.entries(settings).flatMap(linesOf).join(""));
  await give(config, account);
}

function linesOf([name, value]: [string, RedisSettings[string]]): string[] {
  const values = typeof value === "object" ? value : [value];
  return values.map((one) => `${name} ${textOf(one)}\n`);
}

/** A setting as redis.conf and CONFIG SET write it. */
export function textOf(value: string | number | boolean): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return value === "" ? '""' : `${value}`;
}

/** The file that the server appends to: from Redis 7 the last of a directory, before that the only one. */
async function appendedFile({ data }: RedisFiles): Promise<string> {
  const directory = join(data, "appendonlydir");
  const parts = await readdir(directory).catch(() => []);
  const numberOf = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
  const last = parts.sort((a, b) => numberOf(a) - numberOf(b)).at(-1);
  return last === undefined ? join(data, "appendonly.aof") : join(directory, last);
}

/** How many bytes the log of a server with `appendonly` holds since it was last rewritten. */
export async function sizeOfLog(files: RedisFiles): Promise<number> {
  return (await stat(await appendedFile(files))).size;
}

/** Takes away what the log holds after so many bytes. */
export async function shortenLog(files: RedisFiles, bytes: number): Promise<void> {
  await truncate(await appendedFile(files), bytes);
}
