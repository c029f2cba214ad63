import { fork, type ChildProcess } from "node:child_process";

/**
 * A further process of a row, with a heap of its own, that measures one round each time it is asked. It is started
 * from the same bundle and with the same flags as the process that starts it.
 */
export class Peer<Answer> {
  readonly #process: ChildProcess;

  constructor(bench: string, row: string, argument: string) {
    this.#process = fork(process.argv[1]!, [bench, row, argument], { serialization: "advanced" });
  }

  /** Asks for a round. Rejects when the process ends instead of answering. */
  ask(): Promise<Answer> {
    const { promise, resolve, reject } = deferred<Answer>();
    const ended = (): void => reject(new Error("a peer ended before it answered"));
    this.#process.once("exit", ended);
    this.#process.once("message", (message) => {
      this.#process.off("exit", ended);
      resolve(message as Answer);
    });
    this.#process.send("round");
    return promise;
  }

  /** Lets the process go, and waits for its end. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.disconnect();
    await ended;
  }
}

/** Answers each request of the process that started this one, until that lets go. */
export function answer(round: () => Promise<unknown>): void {
  process.on("message", () => {
    round().then(
      (result) => process.send?.(result),
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
