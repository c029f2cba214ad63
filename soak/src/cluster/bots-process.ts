import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { BotsNotice, BotsOrder } from "../bots/orders.js";

type Standing = Extract<BotsNotice, { type: "standing" }>;
type Content = Extract<BotsNotice, { type: "content" }>;

/** The process of the callers, which nobody kills while it plays. */
export class BotsProcess {
  /** Resolves when every caller's ticket has ended, as far as they know. Rejects when the process ends before. */
  readonly content: Promise<Content>;
  #standing: Standing | undefined;
  readonly #child: ChildProcess;

  /** @param history the file that the callers write down in what they see */
  constructor(program: string, history: string) {
    this.#child = fork(program, [history], { execArgv: [], stdio: ["ignore", "ignore", "inherit", "ipc"] });
    this.content = new Promise((resolve, reject) => {
      this.#child.on("message", (notice: BotsNotice) => {
        if (notice.type === "content") resolve(notice);
        else this.#standing = notice;
      });
      this.#child.on("exit", () => reject(new Error("the callers' process ended before they were content")));
    });
    this.content.catch(() => {});
  }

  /** Who is not content yet, and what is known of why; one clause. */
  get standing(): string {
    if (!this.#standing) return "the callers' process has said nothing: it has not begun";
    const { open, connections } = this.#standing;
    const who = open === undefined ? "the callers, who know of no order to play," : `${open} callers`;
    return `${who} were never content, with connections to ${connections} server processes`;
  }

  say(order: BotsOrder): void {
    if (this.#child.connected) this.#child.send(order, () => {});
  }

  /** Ends the process; what it wrote down stays. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
