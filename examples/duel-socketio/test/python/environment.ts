import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";

/** The variable that names the Python to take. */
const VARIABLE = "PYTHON_PATH";

const requirements = resolve(import.meta.dirname, "requirements.txt");
const cache = resolve(import.meta.dirname, "../../../../node_modules/.cache/evenmatch-python");

const run = promisify(execFile);

/**
 * A Python that has what `requirements.txt` names, in an environment of its own which is made once and kept under
 * `node_modules`. Throws an error that says what to install.
 */
export async function pythonWithSocketIo(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<string> {
  const python = env[VARIABLE] || "python3";
  const version = await versionOf(python, env);
  const wanted = createHash("sha256")
    .update(version)
    .update(await readFile(requirements));
  const folder = resolve(cache, wanted.digest("hex").slice(0, 16));
  const found = resolve(folder, "bin/python");
  if (await isThere(found)) return found;
  await mkdir(cache, { recursive: true });
  // Made aside and moved when it is complete, so that nobody takes half of one.
  const made = await mkdtemp(resolve(cache, "making-"));
  try {
    await install(python, made);
    await rename(made, folder);
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    // Another run may have been faster.
    if (!(await isThere(found))) throw error;
  }
  return found;
}

async function versionOf(python: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  try {
    return (await run(python, ["-c", "import sys; print(sys.version, sys.executable)"], { env: { ...env } }))
      .stdout;
  } catch (error) {
    throw new Error(
      `No Python is to be had by the name of ${python}. Install Python 3.8 or later (on Debian: apt-get install ` +
        `python3 python3-venv), or set ${VARIABLE} to its path.`,
      { cause: error },
    );
  }
}

async function install(python: string, folder: string): Promise<void> {
  const pip = [
    resolve(folder, "bin/python"),
    "-m",
    "pip",
    "install",
    "--quiet",
    "--disable-pip-version-check",
  ];
  for (const [file, ...args] of [
    [python, "-m", "venv", folder],
    [...pip, "--no-deps", "--requirement", requirements],
  ]) {
    await run(file!, args, { cwd: dirname(folder) }).catch((error: unknown) => {
      throw new Error(
        `${file} ${args.join(" ")} failed. Python needs its venv (on Debian: apt-get install python3-venv), and pip ` +
          "a way to PyPI.",
        { cause: error },
      );
    });
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
