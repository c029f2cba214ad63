import { join, resolve } from "node:path";
import { build } from "esbuild";
import { cache, home } from "./places.js";

/**
 * Puts the benchmarks and the library's sources into one plain JavaScript file, as the published build is made
 * (esbuild, the same target), so that nothing is transpiled, mapped or resolved while it is measured.
 */
export async function bundle(): Promise<string> {
  const outfile = join(await cache(), `measure-${process.pid}.mjs`);
  await build({
    entryPoints: [resolve(home, "src/measure.ts")],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    conditions: ["evenmatch-source"],
    logLevel: "warning",
  });
  return outfile;
}
