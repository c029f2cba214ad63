import { fork } from "node:child_process";
import type { Measurement, Row } from "./row.js";
import { home } from "./places.js";

/** A row that takes longer than so many minutes hangs, unless it says otherwise. */
const LONGEST = 10;

/** Room for a million waiting tickets, so that no row measures a heap at its limit. */
const FLAGS = ["--expose-gc", "--max-old-space-size=8192"];

/** Measures a row in a process of its own. Rejects when it fails, ends early or hangs. */
export function measure(
  bundle: string,
  bench: string,
  row: Row,
  flags: readonly string[] = [],
): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    const child = fork(bundle, [bench, row.name], {
      execArgv: [...FLAGS, ...flags],
      env: { ...process.env, EVENMATCH_BENCHMARKS: home },
      // Standard output belongs to the report alone.
      stdio: ["ignore", 2, 2, "ipc"],
      serialization: "advanced",
      timeout: (row.longest ?? LONGEST) * 60_000,
    });
    let measurement: Measurement | undefined;
    child.on("message", (message) => (measurement = message as Measurement));
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (measurement && code === 0) resolve(measurement);
      else
        reject(
          new Error(
            `${row.name} failed: its process ended with ${signal ?? `code ${String(code)}`}, see above`,
          ),
        );
    });
  });
}
