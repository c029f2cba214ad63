import { resolve } from "node:path";
import { startProgram } from "./program.js";

const main = resolve(import.meta.dirname, "../population/main.ts");

/** Runs a population as its command does, and resolves with what it said when it has ended. */
export async function populate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  return startProgram(main, args, env).ended;
}
