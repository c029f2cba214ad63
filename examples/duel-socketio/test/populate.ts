import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { onTestFinished } from "vitest";

const tsx = resolve(import.meta.dirname, "../../../node_modules/tsx/dist/cli.mjs");
const main = resolve(import.meta.dirname, "../population/main.ts");

/** Runs a population as its command does, and resolves with what it said when it has ended. */
export async function populate(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const program = [tsx, "--conditions=evenmatch-source", main, ...args];
  const child = spawn(process.execPath, program, { env: { ...process.env, ...env } });
  onTestFinished(() => void child.kill("SIGKILL"));
  let [out, err] = ["", ""];
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  child.stderr.on("data", (chunk) => (err += String(chunk)));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}
