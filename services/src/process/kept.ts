import { fork, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/** A program of this repository, and what to do with what it says. */
export interface Program<Member extends { readonly name: string }> {
  /** Its file. */
  readonly main: string;
  /** What it prints when it can be used. */
  readonly ready: RegExp;
  readonly watch: Watch<Member>;
}

/** What happens to a process. */
export interface Watch<Member extends { readonly name: string }> {
  /** A line that it printed. */
  readonly said: (member: Member, line: string) => void;
  /** It has ended by itself or was killed, and starts again. */
  readonly died: (member: Member, how: string) => void;
}

/** As `npm start` runs it, whatever runs this. */
const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
const execArgv = ["--conditions=evenmatch-source", "--import", tsx];

/** So much of what a process said is told when it cannot start, and so long after its end it is still heard, in ms. */
const LAST_LINES = 20;
const LAST_WORDS = 200;

/** How long after its end a process starts again, and after each further one that ends at once, in ms. */
const REST = 300;
const LONGEST_REST = 10_000;

/** A process that has lived for so long was well, in ms. */
const WELL = 10_000;

/** A process that has not closed so long after it was asked to is killed, in ms. */
const PATIENCE = 15_000;

/** Keeps one process running, as one of several: whenever it ends, it is started again. */
export class Kept<Member extends { readonly name: string }> {
  #child: ChildProcess | undefined;
  #isClosing = false;
  #rest = REST;
  #again: NodeJS.Timeout | undefined;
  /** Those who wait until it can be used. */
  #waiting: { done: () => void; failed: (error: Error) => void }[] = [];
  #isReady = false;
  #wasReady = false;
  readonly #lines: string[] = [];

  constructor(
    readonly member: Member,
    private readonly env: Readonly<Record<string, string>>,
    private readonly program: Program<Member>,
  ) {
    this.#start();
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it can be used; rejects, with what it said, when it ends before it ever could. */
  ready(): Promise<void> {
    if (this.#isReady) return Promise.resolve();
    return new Promise((done, failed) => this.#waiting.push({ done, failed }));
  }

  /** Ends it as a crash does; false while it is down. */
  kill(): boolean {
    this.#isReady = false;
    return this.#child?.kill("SIGKILL") ?? false;
  }

  /** Asks it to end, for good; resolves when it has. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearTimeout(this.#again);
    const child = this.#child;
    if (!child) return;
    const ended = new Promise<void>((done) => child.once("exit", () => done()));
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
    await ended;
    clearTimeout(late);
  }

  #start(): void {
    const startedAt = Date.now();
    const child = fork(this.program.main, {
      execArgv,
      env: { ...process.env, ...this.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) if (stream) this.#listen(stream);
    child.once("exit", (code, signal) => {
      this.#child = undefined;
      this.#isReady = false;
      if (this.#isClosing) return;
      if (!this.#wasReady) return void setTimeout(() => this.#hasFailed(), LAST_WORDS);
      this.program.watch.died(this.member, signal ?? `exit code ${code}`);
      this.#rest = Date.now() - startedAt > WELL ? REST : Math.min(LONGEST_REST, this.#rest * 2);
      this.#again = setTimeout(() => this.#start(), this.#rest);
    });
  }

  #listen(stream: NodeJS.ReadableStream): void {
    let text = "";
    stream.on("data", (chunk) => {
      const lines = (text + String(chunk)).split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        this.program.watch.said(this.member, line);
        this.#lines.push(line);
        this.#lines.splice(0, this.#lines.length - LAST_LINES);
        if (this.program.ready.test(line)) this.#hasStarted();
      }
    });
  }

  #hasStarted(): void {
    this.#isReady = true;
    this.#wasReady = true;
    for (const { done } of this.#waiting.splice(0)) done();
  }

  /** What cannot start for the first time will not the next time either. */
  #hasFailed(): void {
    const error = new Error(`${this.member.name} did not start:\n${this.#lines.join("\n")}`);
    for (const { failed } of this.#waiting.splice(0)) failed(error);
  }
}
