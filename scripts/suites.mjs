import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root, run, tool } from "./command.mjs";
import { readManifest, repositoryFiles } from "./workspaces.mjs";

/** @typedef {import("./steps.mjs").Tally} Tally */

/**
 * @typedef {object} VitestReport what Vitest's JSON reporter writes, as far as it is read here
 * @property {number} numPassedTests
 * @property {number} numFailedTests
 * @property {number} numTotalTests
 * @property {{ name: string, status: string, assertionResults: unknown[] }[]} testResults one of each file
 */

/**
 * Runs every Vitest project in one run.
 *
 * @returns {Promise<Tally>}
 */
export async function runSuites() {
  const dir = await mkdtemp(join(tmpdir(), "evenmatch-vitest-"));
  const outputFile = join(dir, "report.json");
  const args = ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${outputFile}`];
  const { code } = await run(tool("vitest"), args, { show: true });
  const report = await readReport(outputFile);
  await rm(dir, { recursive: true, force: true });
  const verdict = judgeReport(report, await testedFolders(), code);
  for (const complaint of verdict.complaints) console.log(`✗ ${complaint}`);
  return verdict.tally;
}

/**
 * @param {string} file
 * @returns {Promise<VitestReport>}
 */
async function readReport(file) {
  try {
    /** @type {unknown} */
    const report = JSON.parse(await readFile(file, "utf8"));
    return /** @type {VitestReport} */ (report);
  } catch {
    return { numPassedTests: 0, numFailedTests: 0, numTotalTests: 0, testResults: [] };
  }
}

/** The folders that say they have tests: every workspace with a `test` script, and the tooling itself. */
async function testedFolders() {
  const manifests = await repositoryFiles(
    "packages/*/package.json",
    "examples/*/package.json",
    "benchmarks/package.json",
    "services/package.json",
    "soak/package.json",
  );
  const folders = await Promise.all(
    manifests.map(async (file) => {
      const folder = file.replace(/\/package\.json$/, "");
      const { scripts } = await readManifest(join(root, folder));
      return scripts?.["test"] === undefined ? [] : [folder];
    }),
  );
  return [...folders.flat(), "scripts"];
}

/**
 * A run passes when every test ran and passed, and every folder with tests has run one. A file that could not be
 * loaded, a skipped test and a folder without tests each count as a failure.
 *
 * @param {VitestReport} report
 * @param {readonly string[]} folders relative to the root
 * @param {number} exitCode of Vitest
 * @returns {{ tally: Tally, complaints: string[] }}
 */
export function judgeReport(report, folders, exitCode) {
  const { numPassedTests: passed, numFailedTests: failed, numTotalTests: total, testResults } = report;
  const files = testResults.map(({ name, status, assertionResults }) => ({
    path: relative(root, name),
    broken: status === "failed" && assertionResults.length === 0,
    tests: assertionResults.length,
  }));
  const complaints = [
    ...files.filter(({ broken }) => broken).map(({ path }) => `${path} could not be run`),
    ...folders
      .filter((folder) => !files.some(({ path, tests }) => path.startsWith(`${folder}/`) && tests > 0))
      .map((folder) => `no test of ${folder} ran`),
    ...Array.from({ length: total - passed - failed }, () => "a test was skipped"),
  ];
  if (exitCode !== 0 && failed === 0 && complaints.length === 0) {
    complaints.push(`vitest exited with ${exitCode}: something failed outside of the tests`);
  }
  return { tally: { passed, failed: failed + complaints.length }, complaints };
}
