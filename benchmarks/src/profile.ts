import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure } from "./child.js";
import type { Row } from "./row.js";

/** A V8 CPU profile, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

const SHOWN = 30;

/** Runs a row under the CPU profiler; returns where its processes spent their time, and where the files are. */
export async function profile(bundle: string, bench: string, row: Row): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "evenmatch-profile-"));
  await measure(bundle, bench, row, ["--cpu-prof", `--cpu-prof-dir=${folder}`, "--cpu-prof-interval=250"]);
  const sourceOf = sources(await readFile(bundle, "utf8"));
  const shown: string[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const file = join(folder, name);
    const read = JSON.parse(await readFile(file, "utf8")) as CpuProfile;
    shown.push(`${file}\n${topOf(read, sourceOf)}`);
  }
  return shown.join("\n\n");
}

/** The functions with the most time of their own, idle time left out. */
export function topOf(
  { nodes, samples, timeDeltas }: CpuProfile,
  sourceOf: (line: number) => string,
): string {
  const labels = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url.endsWith(".mjs") ? `  ${sourceOf(lineNumber)}` : "";
      return [id, `${functionName || "(anonymous)"}${place}`];
    }),
  );
  const times = new Map<string, number>();
  samples.forEach((id, index) => {
    const label = labels.get(id)!;
    times.set(label, (times.get(label) ?? 0) + timeDeltas[index]! / 1_000);
  });
  times.delete("(idle)");
  const total = Array.from(times.values()).reduce((sum, time) => sum + time, 0);
  const top = [...times].sort(([, one], [, other]) => other - one).slice(0, SHOWN);
  const lines = top.map(([label, time]) => {
    return `${((100 * time) / total).toFixed(1).padStart(5)} %  ${time.toFixed(0).padStart(6)} ms  ${label}`;
  });
  return [`${total.toFixed(0)} ms busy`, ...lines].join("\n");
}

/** Which source file a line of the bundle comes from: esbuild says so above each file's part. */
export function sources(code: string): (line: number) => string {
  const files: string[] = [];
  let current = "";
  for (const line of code.split("\n")) {
    const [, file] = /^\/\/ (\S+\.[cm]?[jt]s)$/.exec(line) ?? [];
    files.push((current = file ?? current));
  }
  return (line) => files[line] ?? "";
}
