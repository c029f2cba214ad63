import { fork, type ChildProcess } from "node:child_process";
import { rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { bundle } from "../bundle.js";
import { home } from "../places.js";

/** Something to do, for a process that is told of it and answers. */
interface Task {
  readonly population: string;
  readonly seed: number;
}

/** Does all tasks with a process of this program for each core; the answers are in the order of the tasks. */
export async function answersOf<Answer>(program: string, tasks: readonly Task[]): Promise<Answer[]> {
  const code = await bundle(program);
  const answers = new Map<Task, Answer>();
  try {
    await inWorkers<Task, Answer>(code, tasks, (task, answer) => answers.set(task, answer));
  } finally {
    await rm(code, { force: true });
  }
  return tasks.map((task) => answers.get(task)!);
}

/** Tells of each task when it is done. Rejects when one fails. */
async function inWorkers<Each extends Task, Answer>(
  code: string,
  tasks: readonly Each[],
  onDone: (task: Each, answer: Answer) => void,
): Promise<void> {
  const open = [...tasks];
  const work = async (): Promise<void> => {
    const worker = start(code);
    try {
      for (let task = open.shift(); task; task = open.shift()) onDone(task, await ask(worker, task));
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
function ask<Answer>(worker: ChildProcess, task: Task): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const ended = (): void =>
      reject(new Error(`${task.population} with seed ${task.seed} failed, see above`));
    worker.once("exit", ended);
    worker.once("message", (answer) => {
      worker.off("exit", ended);
      resolve(answer as Answer);
    });
    worker.send(task);
  });
}
