import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { must, tool } from "../command.mjs";

const EXPECTED = "met: ann bob";
const RUN_LIMIT_MS = 20_000;
/** What { Matchmaker, OneVsOne } is meant to weigh in the end, and what it may weigh until then: it only goes down. */
const SIZE_GOAL = 14_000;
const SIZE_LIMIT = 21_800;

/**
 * Compiles a consumer, then runs what came out.
 *
 * @param {string} dir made by makeConsumer
 * @param {string} [moduleResolution] "bundler" is what Vite and esbuild users set
 */
export async function checkConsumer(dir, moduleResolution) {
  await must(tool("tsc"), ["-p", "."], { cwd: dir });
  if (moduleResolution !== undefined) {
    await must(
      tool("tsc"),
      ["-p", ".", "--noEmit", "--module", "preserve", "--moduleResolution", moduleResolution],
      {
        cwd: dir,
      },
    );
  }
  return runConsumer(dir, process.execPath);
}

/**
 * Runs a compiled consumer with a given Node.
 *
 * @param {string} dir
 * @param {string} node path of the executable
 */
export async function runConsumer(dir, node) {
  const { stdout } = await must(node, [join(dir, "out/main.js")], { cwd: dir, timeoutMs: RUN_LIMIT_MS });
  if (!stdout.includes(EXPECTED)) throw new Error(`expected “${EXPECTED}”, but it printed: ${stdout}`);
  return stdout.trim();
}

/**
 * Bundles the library for a browser and forms a match where there is nothing but what the web has.
 *
 * @param {string} dir made by makeConsumer, with a browser.ts
 */
export async function checkBrowser(dir) {
  const code = await bundle(dir, { entryPoints: [join(dir, "browser.ts")], globalName: "page" });
  const context = createContext(webGlobals());
  runInContext(code, context, { timeout: RUN_LIMIT_MS });
  /** @type {unknown} */
  const promise = runInContext("page.result", context);
  const met = `met: ${String(await inTime(promise))}`;
  if (met !== EXPECTED) throw new Error(`expected “${EXPECTED}”, but got: ${met}`);
  return `${met}, bundled in ${code.length} bytes`;
}

/**
 * What the smallest useful part of the library costs a page.
 *
 * @param {string} dir made by makeConsumer
 */
export async function checkSize(dir) {
  const contents = `export { Matchmaker, OneVsOne } from "@evenmatch/core";`;
  const code = await bundle(dir, { stdin: { contents, resolveDir: dir }, format: "esm", minify: true });
  if (!code.includes("Matchmaker")) throw new Error("the bundle holds no Matchmaker");
  return judgeSize(gzipSync(code, { level: 9 }).length);
}

/** @param {number} bytes */
export function judgeSize(bytes) {
  const said = `{ Matchmaker, OneVsOne } is ${bytes} bytes, minified and compressed; the limit is ${SIZE_LIMIT}, the goal ${SIZE_GOAL}`;
  if (bytes >= SIZE_LIMIT) throw new Error(said);
  return said;
}

/**
 * esbuild refuses an import of a Node module when it bundles for a browser.
 *
 * @param {string} dir
 * @param {import("esbuild").BuildOptions} options
 */
async function bundle(dir, options) {
  const outfile = join(dir, "out/bundle.js");
  await build({
    ...options,
    bundle: true,
    platform: "browser",
    target: "es2022",
    outfile,
    logLevel: "silent",
  });
  return readFile(outfile, "utf8");
}

/** A page's globals, as far as the library may use them: neither process, Buffer nor require. */
function webGlobals() {
  const { setTimeout, clearTimeout, queueMicrotask, AbortController, AbortSignal, TextEncoder } = globalThis;
  const { crypto, performance, console } = globalThis;
  return {
    setTimeout,
    clearTimeout,
    queueMicrotask,
    AbortController,
    AbortSignal,
    TextEncoder,
    crypto,
    performance,
    console,
  };
}

/**
 * @param {unknown} promise
 * @returns {Promise<unknown>}
 */
function inTime(promise) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no match was formed in time")), RUN_LIMIT_MS);
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}
