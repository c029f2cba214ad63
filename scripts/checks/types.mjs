import { isAbsolute, relative } from "node:path";
import { mapBounded, root, run, tool } from "../command.mjs";
import { repositoryFiles, sourceFiles } from "../workspaces.mjs";

// The consumers are compiled against the packed tarballs, in a directory of their own.
const COMPILED_ELSEWHERE = /^scripts\/consumers\//;

/**
 * Compiles every project of the repository, tests and scripts included. A source file that no project compiles is
 * a failure too, so that no code escapes the check by lying in the wrong place.
 */
export async function checkTypes() {
  const projects = (await repositoryFiles("tsconfig.json", "**/tsconfig.json")).filter(
    (file) => !COMPILED_ELSEWHERE.test(file),
  );
  const results = await mapBounded(projects, compile);
  const failures = results.filter(({ errors }) => errors !== "");
  if (failures.length > 0) throw new Error(failures.map(({ errors }) => errors).join("\n"));

  const compiled = new Set(results.flatMap(({ files }) => files));
  const sources = await sourceFiles();
  const forgotten = sources.filter((file) => !compiled.has(file) && !COMPILED_ELSEWHERE.test(file));
  if (forgotten.length > 0) throw new Error(`in no TypeScript project:\n${forgotten.join("\n")}`);
  return `${projects.length} projects, ${sources.length} files`;
}

/** @param {string} project */
async function compile(project) {
  const { code, stdout, output } = await run(tool("tsc"), [
    "-p",
    project,
    "--pretty",
    "false",
    "--listFiles",
  ]);
  const lines = stdout.split("\n").filter(Boolean);
  const files = lines.filter((line) => isAbsolute(line) && !line.includes("/node_modules/"));
  const messages = output.split("\n").filter((line) => line !== "" && !isAbsolute(line));
  return {
    files: files.map((file) => relative(root, file)),
    errors: code === 0 ? "" : [`${project}:`, ...messages].join("\n"),
  };
}
