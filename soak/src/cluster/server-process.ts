import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import type { Role, ServerNotice, ServerOrder } from "../server/orders.js";

type Counted = Extract<ServerNotice, { type: "counted" }>;

/** How long a process may take to close in good order, in ms. */
const CLOSING = 20_000;

const NONE: Counted = { type: "counted", joins: 0, claims: 0 };

/** One server process, from its start to its end. */
export class ServerProcess {
  /** Resolves when the process is gone, whichever way. */
  readonly ended: Promise<unknown>;
  readonly #child: ChildProcess;
  #isKilled = false;
  #isClosing = false;
  #isFrozen = false;
  #isReady = false;
  #ready: Promise<number>;
  #counted: ((notice: Counted) => void)[] = [];
  #held: (() => void) | undefined;

  constructor(
    program: string,
    order: Extract<ServerOrder, { type: "serve" }>,
    private readonly take: (notice: ServerNotice) => void,
  ) {
    this.name = order.name;
    this.role = order.role;
    this.#child = fork(program, { execArgv: [], stdio: ["ignore", "ignore", "pipe", "ipc"] });
    let output = "";
    this.#child.stderr?.on("data", (chunk: Buffer) => (output = (output + chunk.toString()).slice(-4_000)));
    const exit = once(this.#child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
    this.ended = exit.then(([code, signal]) => {
      for (const resolve of this.#counted.splice(0)) resolve(NONE);
      if (this.#isKilled || (this.#isClosing && code === 0)) return;
      const how = signal ?? `code ${String(code)}`;
      take({ type: "flaw", message: `${this.name} ended by itself with ${how}: ${output}` });
    });
    this.#ready = new Promise((resolve, reject) => {
      this.#child.on("message", (notice: ServerNotice) => this.#hear(notice, resolve));
      void this.ended.then(() => reject(new Error(`${this.name} ended before it was ready: ${output}`)));
    });
    this.#ready.catch(() => {});
    this.#say(order);
  }

  readonly name: string;
  readonly role: Role;

  /** The port of its door. Rejects when it ends before it has one. */
  ready(): Promise<number> {
    return this.#ready;
  }

  /** Whether it takes orders and calls: it has begun, and is neither gone nor frozen. */
  get isServing(): boolean {
    return this.#isReady && !this.#isKilled && !this.#isFrozen && this.#child.connected;
  }

  /** Has a call held; `onHeld` is called when one is. */
  arm(order: Extract<ServerOrder, { type: "arm" }>, onHeld: () => void): void {
    this.#held = onHeld;
    this.#say(order);
  }

  disarm(): void {
    this.#held = undefined;
    this.#say({ type: "disarm" });
  }

  /** How many calls are under way; none, as far as anyone knows, in one that does not serve. */
  count(): Promise<Counted> {
    if (!this.isServing) return Promise.resolve(NONE);
    const counted = new Promise<Counted>((resolve) => this.#counted.push(resolve));
    this.#say({ type: "count" });
    return counted;
  }

  /** Kills it with −9. */
  kill(): void {
    this.#isKilled = true;
    this.#child.kill("SIGKILL");
  }

  /** Stops it for a while: when it goes on, it does not know that any time has passed. */
  async freeze(forMs: Millis): Promise<void> {
    this.#isFrozen = true;
    this.#child.kill("SIGSTOP");
    await pause(forMs);
    this.#child.kill("SIGCONT");
    this.#isFrozen = false;
  }

  /** Ends it in good order. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#say({ type: "close" });
    const late = new AbortController();
    const patience = pause(CLOSING, "late", { signal: late.signal }).catch(() => undefined);
    if ((await Promise.race([this.ended, patience])) === "late") {
      this.take({ type: "flaw", message: `${this.name} had not closed after ${CLOSING} ms` });
      this.kill();
      await this.ended;
    }
    late.abort();
  }

  #hear(notice: ServerNotice, isReady: (port: number) => void): void {
    if (notice.type === "ready") {
      this.#isReady = true;
      isReady(notice.port);
    } else if (notice.type === "held") this.#held?.();
    else if (notice.type === "counted") this.#counted.shift()?.(notice);
    else this.take(notice);
  }

  #say(order: ServerOrder): void {
    // A process that is ending reads nothing any more, which is no error here.
    if (this.#child.connected) this.#child.send(order, () => {});
  }
}
