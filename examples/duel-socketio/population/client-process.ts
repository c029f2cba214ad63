import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { after } from "../src/time.js";
import type { Report, Task } from "./client.js";
import type { Counts } from "./record.js";

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

  constructor(task: Task, progressed: (counts: Counts) => void) {
    this.#child = fork(client);
    this.done = this.#run(task, progressed);
  }

  /** Ends it, if it still runs. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async #run(task: Task, progressed: (counts: Counts) => void): Promise<Done> {
    let done: Done | undefined;
    let late = "";
    const limit = (ms: number, what: string): (() => void) =>
      after(ms, () => {
        late = `: ${what} for ${ms / 1_000} s`;
        this.kill();
      });
    let cancel = limit(
      task.seconds * 1_000 + GOING_HOME,
      "its players had not gone home after playing and waiting",
    );
    this.#child.on("message", (message) => {
      const report = message as Report;
      progressed(report.counts);
      if (report.type !== "done") return;
      done = report;
      cancel();
      cancel = limit(ENDING, "all was over, and it had not ended");
    });
    this.#child.send(task);
    const [code] = (await once(this.#child, "exit")) as [number | null];
    cancel();
    if (code === 0 && done) return done;
    throw new Error(`the client process ${task.name} ended with exit code ${code}${late}`);
  }
}
