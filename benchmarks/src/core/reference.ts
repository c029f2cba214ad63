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

/** What a pass over all pools came to: the two are alike on both sides, or they did not solve the same problem. */
export interface Sum {
  /** Matches. */
  readonly pairs: number;
  /** Of the gaps of all pairs; a program may say something else that tells one outcome from another. */
  readonly totalGap: number;
}

/** One answer of a C++ program. */
export interface Answer extends Sum {
  readonly ms: number;
}

/** A C++ reference, running: it has read its file and computes whenever it is asked. */
export class CppReference {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string, undefined>;

  private constructor(program: string, args: readonly string[]) {
    this.#process = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Compiles a program of `reference/` if need be, and starts it on a trace, with what else it takes. */
  static async start(
    name: string,
    trace: readonly Arrival[],
    ...args: readonly (string | number)[]
  ): Promise<CppReference> {
    const program = await compiled(name);
    const text = fileOf(trace);
    const file = await kept(`trace-${digest(text)}.txt`, (path) => writeFile(path, text));
    return new CppReference(program, [file, ...args.map(String)]);
  }

  /** Solves its problem so many times; the time is the median. */
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

/** Compiles a program of `reference/` once for each version of its sources, flags and compiler. */
async function compiled(name: string): Promise<string> {
  const compiler = process.env["CXX"] ?? "g++";
  const source = resolve(home, `reference/${name}.cpp`);
  const version = await run(compiler, ["--version"]);
  const sources = [source, resolve(home, "reference/reference.hpp")];
  const texts = await Promise.all(sources.map((path) => readFile(path, "utf8")));
  const key = digest([version, ...FLAGS, ...texts].join("\n"));
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
