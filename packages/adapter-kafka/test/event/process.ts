import { fork, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { until, type EventsSubject } from "./subject.js";

const PROGRAM = join(import.meta.dirname, "member-process.ts");

interface Message {
  readonly ready?: boolean;
  readonly began?: readonly number[];
  readonly finished?: readonly number[];
}

/** A member of a group in a process of its own, to be killed. */
export class MemberProcess implements AsyncDisposable {
  readonly began: number[] = [];
  readonly finished: number[] = [];
  readonly #child: ChildProcess;
  #isReady = false;
  readonly #ended: Promise<void>;

  private constructor({ server, topic }: EventsSubject, group: string, mode: "hangs" | "finishes") {
    const execArgv = ["--import", "tsx", "--conditions=evenmatch-source"];
    this.#child = fork(PROGRAM, [server.brokers.join(","), topic, group, mode], { execArgv });
    this.#ended = new Promise((resolve) => this.#child.once("exit", () => resolve()));
    this.#child.on("message", ({ ready, began = [], finished = [] }: Message) => {
      this.#isReady ||= ready === true;
      this.began.push(...began);
      this.finished.push(...finished);
    });
  }

  static async start(
    subject: EventsSubject,
    group: string,
    mode: "hangs" | "finishes",
  ): Promise<MemberProcess> {
    const member = new MemberProcess(subject, group, mode);
    await until(() => member.#isReady);
    return member;
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.kill();
  }
}
