import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Match, Millis } from "@evenmatch/core";
import { expect } from "vitest";

/** What the process of a {@link SkewedProcess} may say. */
export interface Said {
  readonly match?: Match;
  readonly refused?: { readonly code: string; readonly retryable: boolean; readonly message: string };
  readonly started?: true;
  readonly error?: string;
  readonly lost?: true;
}

/** A process whose clock is wrong, and what it says: each line that it writes is JSON. It ends with its input. */
export class SkewedProcess implements AsyncDisposable {
  readonly said: Said[] = [];
  readonly #child: ChildProcess;

  /** Runs a program of TypeScript, such as `new URL("skewed.ts", import.meta.url)`. */
  constructor(program: URL, args: readonly string[]) {
    const node = ["--conditions=evenmatch-source", "--import", "tsx", fileURLToPath(program), ...args];
    const child = (this.#child = spawn(process.execPath, node, { stdio: ["pipe", "pipe", "inherit"] }));
    createInterface({ input: child.stdout }).on("line", (line) => {
      this.said.push(JSON.parse(line) as Said);
    });
  }

  /** The first that it says under this key, said already or within `timeout` ms. */
  async says<Key extends keyof Said>(key: Key, timeout: Millis = 30_000): Promise<NonNullable<Said[Key]>> {
    const find = () => this.said.find((one) => one[key] !== undefined)?.[key];
    await expect.poll(find, { timeout }).toBeDefined();
    return find()!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.stdin!.end();
    if (this.#child.exitCode === null) await ended;
  }
}
