import { fork, type ChildProcess, type Serializable } from "node:child_process";

/**
 * A further process of a row, with a heap of its own. It does something each time it is asked: a round of what it
 * measures, if nothing else is said. It is started from the same bundle and with the same flags as the process that
 * starts it.
 */
export class Peer<Answer> {
  readonly #process: ChildProcess;

  constructor(bench: string, row: string, argument: string) {
    this.#process = fork(process.argv[1]!, [bench, row, argument], { serialization: "advanced" });
  }

  /** Asks for a round, or for something else. Rejects when the process ends instead of answering. */
  ask<Reply = Answer>(what: unknown = "round"): Promise<Reply> {
    const { promise, resolve, reject } = deferred<Reply>();
    const ended = (): void => reject(new Error("a peer ended before it answered"));
    this.#process.once("exit", ended);
    this.#process.once("message", (message) => {
      this.#process.off("exit", ended);
      resolve(message as Reply);
    });
    this.#process.send(what as Serializable);
    return promise;
  }

  /** Kills the process with −9, and waits for its end. */
  async kill(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill("SIGKILL");
    await ended;
  }

  /** Lets the process go, and waits for its end. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await ended;
  }
}

/** Answers each request of the process that started this one, until that lets go. */
export function answer(round: (what: unknown) => Promise<unknown>): void {
  process.on("message", (what) => {
    round(what).then(
      // Nothing at all cannot be sent.
      (result) => process.send?.(result ?? null),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.on("disconnect", () => process.exit());
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { promise, resolve, reject };
}
