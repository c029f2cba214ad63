import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { onTestFinished } from "vitest";

const tsx = resolve(import.meta.dirname, "../../../node_modules/tsx/dist/cli.mjs");

/** A program as it is started by its command, and everything that it prints. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves when it has ended; `text` is what it said to whomever. */
  readonly ended: Promise<{ code: number | null; out: string; err: string; text: string }>;
  /** Resolves when it has printed something like this; rejects when it ends without. */
  prints(what: RegExp): Promise<RegExpExecArray>;
}

/** Starts a program of this example; it is killed when the test ends, if it still runs then. */
export function startProgram(
  main: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  return spawned(process.execPath, [tsx, "--conditions=evenmatch-source", main, ...args], env);
}

/** Starts any program, as the first of a group of processes. */
export function spawned(
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(file, args, { env: { ...process.env, ...env }, detached: true });
  onTestFinished(() => signalled(child, "SIGKILL"));
  let [out, err, text] = ["", "", ""];
  let look = (): void => {};
  const hear = (chunk: unknown): void => {
    text += String(chunk);
    look();
  };
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  for (const stream of [child.stdout, child.stderr]) stream.on("data", hear);
  const ended = once(child, "close").then(([code]) => ({ code: code as number | null, out, err, text }));
  let isOver = false;
  void ended.then(() => {
    isOver = true;
    look();
  });
  return {
    child,
    ended,
    async prints(what) {
      for (;;) {
        const found = what.exec(text);
        if (found) return found;
        if (isOver) throw new Error(`it ended without having printed ${what}:\n${text}`);
        await new Promise<void>((again) => (look = again));
      }
    },
  };
}

/** Sends a signal to a program and all that it has started, as a terminal does. */
export function signalled({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid!, signal);
  } catch {
    // Nobody of them is there any more.
  }
}
