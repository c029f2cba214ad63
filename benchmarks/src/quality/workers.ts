import { fork, type ChildProcess } from "node:child_process";
import { availableParallelism } from "node:os";
import { home } from "../places.js";
import type { Task } from "./score.js";
import type { Score } from "./summary.js";

/** Does all tasks with a process for each core, and tells of each when it is done. Rejects when one fails. */
export async function inWorkers(
  code: string,
  tasks: readonly Task[],
  onDone: (scores: readonly Score[]) => void,
): Promise<void> {
  const open = [...tasks];
  const work = async (): Promise<void> => {
    const worker = start(code);
    try {
      for (let task = open.shift(); task; task = open.shift()) onDone(await ask(worker, task));
    } catch (error) {
      open.length = 0;
      throw error;
    } finally {
      if (worker.connected) worker.disconnect();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), tasks.length) }, work));
}

function start(code: string): ChildProcess {
  return fork(code, [], {
    env: { ...process.env, EVENMATCH_BENCHMARKS: home },
    // Standard output belongs to the report alone.
    stdio: ["ignore", 2, 2, "ipc"],
    serialization: "advanced",
  });
}

/** Rejects when the process ends instead of answering: what a rule or the certificate threw is on standard error. */
function ask(worker: ChildProcess, task: Task): Promise<Score[]> {
  return new Promise((resolve, reject) => {
    const ended = (): void =>
      reject(new Error(`${task.population} with seed ${task.seed} failed, see above`));
    worker.once("exit", ended);
    worker.once("message", (scores) => {
      worker.off("exit", ended);
      resolve(scores as Score[]);
    });
    worker.send(task);
  });
}
