import { run, tool } from "../command.mjs";
import { repositoryFiles } from "../workspaces.mjs";

/** Asks Prettier about every file of the repository that it knows how to format. */
export async function checkFormat() {
  const files = await repositoryFiles("*");
  const { code, output } = await run(tool("prettier"), [
    "--check",
    "--ignore-unknown",
    "--log-level",
    "warn",
    ...files,
  ]);
  if (code !== 0) throw new Error(`${output.trim()}\nnpm run format mends it`);
  return `${files.length} files`;
}
