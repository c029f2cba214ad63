import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import { createHash } from "node:crypto";
import { access, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { promisify } from "node:util";
import { cache, home } from "../places.js";
import { fileOf, type Arrival } from "./traces.js";

const FLAGS = ["-O3", "-std=c++17", "-Wall", "-Wextra"];

/** One answer of the C++ program. */
export interface Answer {
  readonly ms: number;
  readonly pairs: number;
  readonly totalGap: number;
}

/** The C++ reference of `OneVsOne`, running: it has read its file and computes whenever it is asked. */
export class CppOneVsOne {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(program: string, file: string, maxRatingGap: number) {
    this.#process = spawn(program, [file, String(maxRatingGap)], { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Compiles the program if need be, and starts it on a trace. */
  static async start(trace: readonly Arrival[], maxRatingGap: number): Promise<CppOneVsOne> {
    const program = await compiled("one-vs-one");
    const text = fileOf(trace);
    const file = await kept(`trace-${digest(text)}.txt`, (path) => writeFile(path, text));
    return new CppOneVsOne(program, file, maxRatingGap);
  }

  /** Splits, sorts and pairs so many times; the time is the median. */
  async run(rounds: number): Promise<Answer> {
    this.#process.stdin.write(`${rounds}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error("the C++ reference ended without an answer");
    const [ms, pairs, totalGap] = line.value.split(" ").map(Number);
    return { ms: ms!, pairs: pairs!, totalGap: totalGap! };
  }

  close(): void {
    this.#process.stdin.end();
  }
}

/** Compiles a program of `reference/` once for each version of its source, flags and compiler. */
async function compiled(name: string): Promise<string> {
  const compiler = process.env["CXX"] ?? "g++";
  const source = resolve(home, `reference/${name}.cpp`);
  const version = await run(compiler, ["--version"]);
  const key = digest([version, ...FLAGS, await readFile(source, "utf8")].join("\n"));
  return kept(`${name}-${key}`, (path) => run(compiler, [...FLAGS, "-o", path, source]));
}

async function run(compiler: string, args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(compiler, args)).stdout;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    const remedy = "Install it (Debian: apt-get install g++), or name another compiler in CXX.";
    throw new Error(`the reference needs a C++ compiler, and there is no ${compiler}. ${remedy}`, { cause });
  }
}

/** A file of the cache; made elsewhere and moved into place, so that nobody ever sees half of it. */
async function kept(name: string, make: (path: string) => Promise<unknown>): Promise<string> {
  const path = join(await cache(), name);
  try {
    await access(path);
  } catch {
    const draft = `${path}.${process.pid}`;
    await make(draft);
    await rename(draft, path);
  }
  return path;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
