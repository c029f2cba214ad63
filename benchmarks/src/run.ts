import { rm } from "node:fs/promises";
import { parse, UsageError, type Plan } from "./arguments.js";
import { benches } from "./benches.js";
import { bundle } from "./bundle.js";
import { measure } from "./child.js";
import { judge, passes, type Verdict } from "./judge.js";
import { profile } from "./profile.js";
import { parseStudy } from "./quality/arguments.js";
import { study } from "./quality/quality.js";
import { jsonLine, table } from "./report.js";
import type { Prepared } from "./row.js";
import { parseTeams } from "./teams/arguments.js";
import { studyTeams } from "./teams/teams.js";

/** Benchmarks that play traces; each has a command line of its own. */
const studies: Readonly<Record<string, (args: readonly string[]) => Promise<boolean>>> = {
  quality: (args) => study(parseStudy(args)),
  teams: (args) => studyTeams(parseTeams(args)),
};

async function main(plan: Plan): Promise<boolean> {
  const code = await bundle();
  let prepared: Prepared | undefined;
  try {
    prepared = await plan.bench.prepare?.();
    Object.assign(process.env, prepared?.env);
    return plan.profile ? await showProfiles(plan, code) : await showRows(plan, code);
  } finally {
    await prepared?.close();
    await rm(code, { force: true });
  }
}

async function showRows({ bench, rows, json }: Plan, code: string): Promise<boolean> {
  const verdicts: Verdict[] = [];
  let failed = false;
  for (const row of rows) {
    try {
      const measurement = await measure(code, bench.name, row);
      const verdict = judge(row, measurement);
      verdicts.push(verdict);
      if (json) console.log(jsonLine(verdict));
      for (const note of measurement.notes) console.error(`${row.name}: ${note}`);
    } catch (error) {
      failed = true;
      console.error(error instanceof Error ? error.message : error);
    }
  }
  if (!json && verdicts.length > 0) console.log(`\n${table(verdicts)}`);
  return !failed && verdicts.every(passes);
}

async function showProfiles({ bench, rows }: Plan, code: string): Promise<boolean> {
  for (const row of rows) console.log(await profile(code, bench.name, row));
  return true;
}

try {
  const args = process.argv.slice(2);
  const named = Object.keys(studies).find((name) => args.includes(name));
  const isKept = named ? studies[named]!(args) : main(parse(args, benches, Object.keys(studies)));
  process.exitCode = (await isKept) ? 0 : 1;
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
