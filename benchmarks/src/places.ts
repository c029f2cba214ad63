import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";

/**
 * The benchmarks' own folder. Bundled code runs from the cache, so its process is told where the sources are.
 */
export const home = process.env["EVENMATCH_BENCHMARKS"] ?? resolve(import.meta.dirname, "..");

/** Where bundles, compiled references and traces are kept between runs; made when it is not there. */
export async function cache(): Promise<string> {
  const folder = resolve(home, "../node_modules/.cache/evenmatch-benchmarks");
  await mkdir(folder, { recursive: true });
  return folder;
}
