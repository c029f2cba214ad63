import { spawn, type ChildProcess } from "node:child_process";
import { open } from "node:fs/promises";
import type { Account } from "./account.js";
import type { Guard, LastSignal } from "./guard.js";

/** How a server's process is started. */
export interface DaemonOptions {
  account: Account | undefined;
  /** Sees to it that the process ends with ours. */
  guard: Guard;
  /** The file that what it prints is added to; a pipe would stop it while we are busy. */
  log: string;
  /** What the guard ends it with. Default SIGQUIT. */
  lastSignal?: LastSignal;
  /** Variables of its environment besides ours. */
  env?: Readonly<Record<string, string>>;
}

/** A server's process: it does not keep our program running, and ends with it. */
export class Daemon {
  readonly pid: number;
  #child: ChildProcess;

  private constructor(child: ChildProcess, { guard, lastSignal }: DaemonOptions) {
    this.#child = child;
    this.pid = child.pid!;
    guard.watch(this.pid, lastSignal);
    child.once("exit", () => guard.forget(this.pid));
    child.unref();
  }

  /**
   * Starts the process.
   *
   * @throws Error when the program cannot be run.
   */
  static async start([file = "", ...args]: readonly string[], options: DaemonOptions): Promise<Daemon> {
    const output = await open(options.log, "a");
    try {
      const child = spawn(file, args, {
        ...options.account,
        cwd: "/",
        env: { ...process.env, LC_ALL: "C", ...options.env },
        // A session of its own: Ctrl-C is for us, and the guard ends the server in good order.
        detached: true,
        stdio: ["ignore", output.fd, output.fd],
      });
      await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
      return new Daemon(child, options);
    } finally {
      await output.close();
    }
  }

  /** Whether the process has ended. */
  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Sends a signal that ends the process, and waits until it has. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return;
    this.#child.ref();
    const ended = new Promise<void>((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.kill(signal);
    await ended;
  }
}
