import { mkdir } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { build } from "esbuild";

const root = resolve(import.meta.dirname, "../..");

/**
 * Puts a program and the library's sources into one file of plain JavaScript, so that a process that was killed is
 * back in a moment. Drivers stay outside, as they do for users.
 */
export async function bundle(program: string): Promise<string> {
  const folder = join(root, "node_modules/.cache/evenmatch-soak");
  await mkdir(folder, { recursive: true });
  const name = `${basename(dirname(program))}-${basename(program, ".ts")}-${process.pid}.mjs`;
  const outfile = join(folder, name);
  await build({
    entryPoints: [program],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["evenmatch-source"],
    external: ["pg", "ioredis", "kafkajs", "fast-check"],
    sourcemap: "inline",
    logLevel: "warning",
  });
  return outfile;
}
