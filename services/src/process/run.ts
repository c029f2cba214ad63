import { execFile } from "node:child_process";
import type { Account } from "./account.js";

/** How a program is run: as whom, with which environment beside the process's own. */
export interface RunOptions {
  account?: Account | undefined;
  env?: Record<string, string>;
  cwd?: string;
}

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws Error with everything the program said, where it could not be started or did not exit with 0.
 */
export function run(file: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { account, env, cwd } = options;
  const settings = { ...account, env: { ...process.env, ...env }, cwd: cwd ?? "/", maxBuffer: 1 << 26 };
  return new Promise((resolve, reject) => {
    execFile(file, [...args], settings, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${error.message.trim()}\n${stdout}${stderr}`.trim(), { cause: error }));
    });
  });
}
