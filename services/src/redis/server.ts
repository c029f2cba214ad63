import { readFile } from "node:fs/promises";
import { childrenOf, kill } from "../process/children.js";
import { Daemon } from "../process/daemon.js";
import { freePort } from "../process/port.js";
import { waitFor } from "../process/wait.js";
import { withRedis } from "./client.js";
import {
  configureRedis,
  redisDirectory,
  shortenLog,
  sizeOfLog,
  textOf,
  type RedisFiles,
  type RedisSettings,
} from "./files.js";
import { obtainRedis, type RedisInstallation, type RedisPlaces } from "./installation.js";

/** What kind of Redis to start. */
export interface RedisOptions {
  /**
   * More lines of redis.conf, for example `{ appendonly: true, appendfsync: "always" }`. Without them nothing is
   * written to disk, and a server that comes back is empty.
   */
  settings?: RedisSettings;
  /** Where to look for the program. Default PATH, then Debian's package. */
  places?: RedisPlaces;
}

const always: RedisSettings = {
  bind: "127.0.0.1",
  daemonize: false,
  save: "",
  appendonly: false,
  // What the log holds grows from start to end, so that a place in it stays where it is.
  "auto-aof-rewrite-percentage": 0,
  // A replica has what it needs at once.
  "repl-diskless-sync-delay": 0,
};

/**
 * Starts a Redis server that belongs to the caller alone, so that it may be restarted, killed and set up as a test
 * needs it. It listens on a free port of 127.0.0.1, without a password unless `requirepass` is set, and runs as an
 * unprivileged user where this process is root.
 *
 * @throws Error saying what to install, where no program of Redis is found.
 */
export async function startRedis({ settings = {}, places }: RedisOptions = {}): Promise<RedisServer> {
  return launchRedis(await obtainRedis(places), () => settings);
}

/** Starts a new server for the first time, on a port that is really free. */
export async function launchRedis(
  installation: RedisInstallation,
  settingsFor: () => RedisSettings | Promise<RedisSettings>,
  { sentinel = false } = {},
): Promise<RedisServer> {
  const files = await redisDirectory(installation);
  // Tests make a server slow, or stop it in the middle.
  const debugging = installation.major < 7 ? {} : { "enable-debug-command": "local" };
  const defaults = sentinel ? { bind: always["bind"]!, daemonize: false } : { ...always, ...debugging };
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const given = await settingsFor();
    // A server with a password may come to follow one that has the same.
    const followed = given["requirepass"] === undefined ? {} : { masterauth: given["requirepass"] };
    const settings = { ...defaults, ...followed, port, dir: files.data, ...given };
    const server = new RedisServer(files, { port, settings, sentinel });
    try {
      await configureRedis(files, settings);
      await server.start();
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
 * A Redis server of our own, with everything a fault test does to one. It ends with this process, however this
 * process ends, and its files are removed.
 *
 * | state | `start` | `shutdown`, `kill` | `pause` | `stop` |
 * |---|---|---|---|---|
 * | running | error | down | paused | gone |
 * | paused (connections stay open, nobody answers; `resume` ends it) | error | down | nothing to do | gone |
 * | down (data and port kept) | running | nothing to do | error | gone |
 */
export class RedisServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  /** The TCP port on 127.0.0.1; the same after every restart. */
  readonly port: number;
  /** As the server says it, for example `7.0.15`. */
  readonly version: string;
  readonly major: number;
  /** Of the database 0, with the password of `requirepass`. */
  readonly url: string;
  #files: RedisFiles;
  #sentinel: boolean;
  #daemon: Daemon | undefined;

  /** Use `startRedis`. */
  constructor(
    files: RedisFiles,
    { port, settings, sentinel }: { port: number; settings: RedisSettings; sentinel: boolean },
  ) {
    const { requirepass: password } = settings;
    const credentials = typeof password === "string" ? `:${encodeURIComponent(password)}@` : "";
    this.#files = files;
    this.#sentinel = sentinel;
    this.port = port;
    this.version = files.installation.version;
    this.major = files.installation.major;
    this.url = `redis://${credentials}${this.host}:${port}`;
  }

  /** The URL as another user of the server's access control list. */
  urlOf({ user, password }: { user: string; password: string }): string {
    const credentials = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    return `redis://${credentials}@${this.host}:${this.port}`;
  }

  /** The directory of this server, which it may write to; the guard removes it. */
  get directory(): string {
    return this.#files.dir;
  }

  /** The server's process; undefined while the server is down. */
  get pid(): number | undefined {
    return this.#daemon?.ended === false ? this.#daemon.pid : undefined;
  }

  /**
   * Starts the server again after `shutdown` or `kill`, and waits until it answers and has read its data.
   *
   * @throws Error with the end of the server's log when it does not start.
   */
  async start(): Promise<void> {
    await this.begin();
    await this.ready();
  }

  /**
   * Like `start`, but does not wait: the server may still read its data, and answers LOADING meanwhile.
   *
   * @throws Error when the program cannot be run.
   */
  async begin(): Promise<void> {
    if (this.pid !== undefined) throw new Error("this Redis server runs already");
    const { installation, config } = this.#files;
    const command = [installation.program, config, ...(this.#sentinel ? ["--sentinel"] : [])];
    this.#daemon = await Daemon.start(command, this.#files);
  }

  /** Waits until the server answers and has read its data. */
  async ready({ timeoutMs = 60_000 }: { timeoutMs?: number } = {}): Promise<void> {
    const look = async () => (this.pid === undefined ? "failed" : (await this.#answers()) && "ready");
    const outcome = await waitFor(look, { what: "Redis to answer", timeoutMs });
    if (outcome === "failed")
      throw new Error(`Redis does not run. Its log ends with:\n${await this.logTail()}`);
  }

  async #answers(): Promise<boolean> {
    try {
      return (await this.call("PING")) === "PONG";
    } catch (error) {
      // Whoever set a password that the URL does not hold will know why.
      if (/^(NOAUTH|NOPERM)/.test((error as Error).message)) return true;
      throw error;
    }
  }

  /** Runs one command on a connection of its own, as the user of `url`. */
  async call(command: string, ...args: (string | number)[]): Promise<unknown> {
    return withRedis(this.url, (client) => client.call(command, ...args));
  }

  /** Takes the server down in good order, and keeps its data: `start` brings it back with what it wrote. */
  async shutdown(): Promise<void> {
    this.resume();
    await this.#daemon?.end("SIGTERM");
  }

  /** Kills the server with −9; `start` brings it back with what it wrote. */
  async kill(): Promise<void> {
    const { pid } = this;
    if (pid === undefined) return;
    // The children write its data.
    const children = await childrenOf(pid);
    await this.#daemon?.end("SIGKILL");
    for (const child of children) kill(child);
  }

  /** Down and up again on the same port. */
  async restart({ how = "shutdown" }: { how?: "shutdown" | "kill" } = {}): Promise<void> {
    await this[how]();
    await this.start();
  }

  /** Stops the process where it stands, as when its machine is frozen; connections stay open. */
  pause(): void {
    if (this.pid === undefined) throw new Error("this Redis server is down");
    process.kill(this.pid, "SIGSTOP");
  }

  /** Lets a paused process go on. */
  resume(): void {
    if (this.pid !== undefined) process.kill(this.pid, "SIGCONT");
  }

  /**
   * Changes settings of the running server.
   *
   * @example await server.set({ maxmemory: 1_000_000 });
   */
  async set(settings: Record<string, string | number | boolean>): Promise<void> {
    const pairs = Object.entries(settings).map(([name, value]) => [name, value === "" ? "" : textOf(value)]);
    for (const [name, value] of pairs) await this.call("CONFIG", "SET", name!, value!);
  }

  /** How many bytes its log holds, with `appendonly`. */
  async logSize(): Promise<number> {
    return sizeOfLog(this.#files);
  }

  /**
   * Takes away what its log holds after so many bytes, as when the machine's power goes before the disk has it. A
   * killed process alone loses nothing that it wrote: that is with the operating system.
   *
   * @throws Error while the server runs.
   */
  async loseLog({ after }: { after: number }): Promise<void> {
    if (this.pid !== undefined) throw new Error("this Redis server runs: kill it first");
    await shortenLog(this.#files, after);
  }

  /** A second server that follows this one, with the same password. */
  async replica(settings: RedisSettings = {}): Promise<RedisServer> {
    const password = decodeURIComponent(new URL(this.url).password);
    const following = {
      replicaof: `${this.host} ${this.port}`,
      ...(password === "" ? {} : { requirepass: password }),
    };
    const replica = await launchRedis(this.#files.installation, () => ({ ...following, ...settings }));
    try {
      await replica.follows();
      // The replica knows it a moment before its master counts it.
      const isCounted = new RegExp(`^slave\\d+:.*port=${replica.port},state=online`, "m");
      const counted = async () => isCounted.test((await this.call("INFO", "replication")) as string);
      await waitFor(counted, { what: "the master to count its replica" });
      return replica;
    } catch (error) {
      await replica.stop();
      throw error;
    }
  }

  /** Waits until this replica has everything of its master. */
  async follows(): Promise<void> {
    const follows = async () =>
      /^master_link_status:up/m.test((await this.call("INFO", "replication")) as string);
    await waitFor(follows, { what: "the replica to follow" });
  }

  /** Makes a replica a server of its own, which takes writes from now on. */
  async promote(): Promise<void> {
    await this.call("REPLICAOF", "NO", "ONE");
  }

  /** Ends the server for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#files.guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The last lines of the server's log. */
  async logTail(lines = 30): Promise<string> {
    return (await readFile(this.#files.log, "utf8")).trimEnd().split("\n").slice(-lines).join("\n");
  }
}
