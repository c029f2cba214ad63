import { readFile } from "node:fs/promises";
import { Daemon } from "../process/daemon.js";
import { waitFor } from "../process/wait.js";
import type { TcpProxy } from "../proxy/proxy.js";
import { aliveBrokers } from "./client.js";
import type { KafkaFiles } from "./files.js";
import type { KafkaFlavour } from "./installation.js";

/** Who a broker is. */
export interface KafkaIdentity {
  /** Its number in its cluster, from 1. */
  id: number;
  port: number;
  flavour: KafkaFlavour;
  /** Those through which clients may come. */
  proxies: readonly TcpProxy[];
}

/**
 * A broker of our own, who is a controller too, with everything a fault test does to one. It ends with this process,
 * however this process ends, and its files are removed.
 *
 * | state | `start` | `shutdown`, `kill` | `pause` | `stop` |
 * |---|---|---|---|---|
 * | running | error | down | paused | gone |
 * | paused (connections stay open, nobody answers; `resume` ends it) | error | down | nothing to do | gone |
 * | down (data and ports kept) | running | nothing to do | error | gone |
 */
export class KafkaServer implements AsyncDisposable {
  readonly host = "127.0.0.1";
  /** The TCP port on 127.0.0.1; the same after every restart. */
  readonly port: number;
  /** Its number in its cluster, from 1. */
  readonly id: number;
  /** As Kafka says it, for example `3.9.2`. */
  readonly version: string;
  readonly flavour: KafkaFlavour;
  /** The proxies before it; a client who comes through one is told of no other way. */
  readonly proxies: readonly TcpProxy[];
  #files: KafkaFiles;
  #daemon: Daemon | undefined;

  /** Use `startKafka`. */
  constructor(files: KafkaFiles, { id, port, flavour, proxies }: KafkaIdentity) {
    this.#files = files;
    this.id = id;
    this.port = port;
    this.flavour = flavour;
    this.proxies = proxies;
    this.version = files.installation.version;
  }

  /** What a client is given to reach it. */
  get brokers(): string[] {
    return [`${this.host}:${this.port}`];
  }

  /** What a client is given to reach it through a proxy. */
  brokersThrough(proxy = 0): string[] {
    return [`${this.host}:${this.proxies[proxy]!.port}`];
  }

  /** The directory of this broker, which it may write to; the guard removes it. */
  get directory(): string {
    return this.#files.dir;
  }

  /** The broker's process; undefined while the broker is down. */
  get pid(): number | undefined {
    return this.#daemon?.ended === false ? this.#daemon.pid : undefined;
  }

  /**
   * Starts the broker again after `shutdown` or `kill`, and waits until its cluster has let it in. After a `kill` of a
   * broker that is alone, that takes two seconds more: its last session has to end.
   *
   * @throws Error with the end of the broker's log when it does not start.
   */
  async start(): Promise<void> {
    await this.begin();
    await this.ready();
  }

  /**
   * Like `start`, but does not wait: alone, a member of a cluster of three comes up only when a second one does.
   *
   * @throws Error when the program cannot be run.
   */
  async begin(): Promise<void> {
    if (this.pid !== undefined) throw new Error("this Kafka broker runs already");
    const { installation, config, logs, java } = this.#files;
    const { command, env } = installation.program("server", { logs, java });
    this.#daemon = await Daemon.start([...command, config], { ...this.#files, env, lastSignal: "KILL" });
  }

  /** Waits until the broker answers and its cluster has let it in. */
  async ready({ timeoutMs = 90_000 }: { timeoutMs?: number } = {}): Promise<void> {
    const isIn = async () => (await aliveBrokers(this.brokers)).includes(this.id);
    const look = async () => (this.pid === undefined ? "failed" : (await isIn()) && "ready");
    const outcome = await waitFor(look, { what: "Kafka to answer", timeoutMs, everyMs: 100 });
    if (outcome === "failed")
      throw new Error(`Kafka does not run. Its log says:\n${await this.#complaints()}`);
  }

  /**
   * Takes the broker down in good order, and keeps its data. Others lead its partitions before it goes, for which a
   * cluster of three needs two of them.
   */
  async shutdown(): Promise<void> {
    this.resume();
    await this.#daemon?.end("SIGTERM");
  }

  /** Kills the broker with −9; `start` brings it back with what it wrote. */
  async kill(): Promise<void> {
    await this.#daemon?.end("SIGKILL");
  }

  /** Down and up again on the same ports. */
  async restart({ how = "shutdown" }: { how?: "shutdown" | "kill" } = {}): Promise<void> {
    await this[how]();
    await this.start();
  }

  /** Stops the process where it stands, as when its machine is frozen; connections stay open. */
  pause(): void {
    if (this.pid === undefined) throw new Error("this Kafka broker is down");
    process.kill(this.pid, "SIGSTOP");
  }

  /** Lets a paused process go on. */
  resume(): void {
    if (this.pid !== undefined) process.kill(this.pid, "SIGCONT");
  }

  /** Ends the broker for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await this.#files.guard.close();
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The last lines of the broker's log. */
  async logTail(lines = 30): Promise<string> {
    return (await readFile(this.#files.log, "utf8")).trimEnd().split("\n").slice(-lines).join("\n");
  }

  /** What went wrong, and how its log ends: it says much more after that while it shuts down. */
  async #complaints(lines = 40): Promise<string> {
    const log = await this.logTail(Infinity);
    const wrong = log.split("\n").filter((line) => /\b(ERROR|FATAL|SIGTERM|Exception)\b/.test(line));
    return [...wrong.slice(-lines), "…", await this.logTail()].join("\n");
  }
}
