import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { after } from "../src/time.js";
import type { Order, Report, Task } from "./client.js";

/** What came of one client process. */
export type Done = Extract<Report, { type: "done" }>;

const client = resolve(import.meta.dirname, "client.ts");

/** How long after the evening everybody may take to go home, and then the process to end, in ms. */
const GOING_HOME = 240_000;
const ENDING = 20_000;

/** One process of players, from its start to its end. */
export class ClientProcess {
  /** What came of it, once it has ended; rejects when it ends without having said so, or not at all. */
  readonly done: Promise<Done>;
  readonly #child: ChildProcess;
  #isDone = false;
  #late = "";
  #cancel = (): void => {};

  constructor(
    private readonly task: Task,
    progressed: (report: Report) => void,
  ) {
    this.#child = fork(client);
    this.done = this.#run(progressed);
  }

  /** Says that no process will be killed any more. */
  sendCalm(): void {
    this.#order({ type: "calm" });
  }

  /** Ends the evening of its players. */
  sendHome(): void {
    if (this.#isDone) return;
    this.#limit(GOING_HOME, "its players had not gone home after playing and waiting");
    this.#order({ type: "home" });
  }

  /** Ends it, if it still runs. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  #order(order: Order): void {
    // What has ended says so by its end.
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  #limit(ms: number, what: string): void {
    this.#cancel();
    this.#cancel = after(ms, () => {
      this.#late = `: ${what} for ${ms / 1_000} s`;
      this.kill();
    });
  }

  async #run(progressed: (report: Report) => void): Promise<Done> {
    let done: Done | undefined;
    this.#child.on("message", (message) => {
      const report = message as Report;
      progressed(report);
      if (report.type !== "done") return;
      done = report;
      this.#isDone = true;
      this.#limit(ENDING, "all was over, and it had not ended");
    });
    this.#child.send(this.task);
    const [code] = (await once(this.#child, "exit")) as [number | null];
    this.#isDone = true;
    this.#cancel();
    if (code === 0 && done) return done;
    throw new Error(`the client process ${this.task.name} ended with exit code ${code}${this.#late}`);
  }
}
