import { spawn } from "node:child_process";
import { resolve } from "node:path";

/** The repository's root; every script works from here, wherever it was started. */
export const root = resolve(import.meta.dirname, "..");

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {Record<string, string>} [env] added to the environment of this process
 * @property {number} [timeoutMs] the command is killed when it takes longer
 * @property {boolean} [show] pass the output through as it comes, instead of collecting it
 */

/**
 * @typedef {object} CommandResult
 * @property {number} code 0 is success; a killed command never counts as one
 * @property {string} stdout
 * @property {string} output stdout and stderr as they came
 * @property {boolean} timedOut
 */

/**
 * Runs a command to its end, with no stdin, and never throws for its exit code.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>}
 */
export function run(command, args, { cwd = root, env = {}, timeoutMs, show = false } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", show ? "inherit" : "pipe", show ? "inherit" : "pipe"],
    });
    let stdout = "";
    let output = "";
    let timedOut = false;
    child.stdout?.on("data", (chunk) => {
      stdout += String(chunk);
      output += String(chunk);
    });
    child.stderr?.on("data", (chunk) => {
      output += String(chunk);
    });
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            child.kill("SIGKILL");
          }, timeoutMs);
    child.on("error", fail);
    child.on("close", (code) => {
      clearTimeout(timer);
      done({ code: code ?? 1, stdout, output, timedOut });
    });
  });
}

/**
 * Runs a command that has to succeed; its output is the error's message when it does not.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<CommandResult>}
 */
export async function must(command, args, options) {
  const result = await run(command, args, options);
  if (result.code !== 0) {
    const how = result.timedOut ? "ran out of time" : `exited with ${result.code}`;
    throw new Error(`${command} ${args.join(" ")} ${how}\n${result.output.trim()}`);
  }
  return result;
}

/**
 * The path of a tool that `npm ci` installed: started directly, since `npx` would go and fetch what is missing.
 *
 * @param {string} name
 */
export function tool(name) {
  return resolve(root, "node_modules/.bin", name);
}

/**
 * Maps over the items with a bounded number under way, in order of the items.
 *
 * @template T, R
 * @param {readonly T[]} items
 * @param {(item: T) => Promise<R>} work
 * @param {number} [width] two, because the smallest machines that run this have two cores
 * @returns {Promise<R[]>}
 */
export async function mapBounded(items, work, width = 2) {
  /** @type {R[]} */
  const results = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}
