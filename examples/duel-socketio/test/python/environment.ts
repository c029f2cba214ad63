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

/** How long an installation may take, in ms. */
const INSTALL_MS = 300_000;

/**
 * A Python that has what `requirements.txt` names, in an environment of its own which is made once and kept under
 * `node_modules`: from `PYTHON_PATH`, else from `python3` on the PATH, else from what apt has put there, if this is root on a
 * Debian or Ubuntu. Throws an error that says what to install.
 */
export async function pythonWithSocketIo(
  env: Readonly<Record<string, string | undefined>> = process.env,
  installPython: () => Promise<unknown> = installByApt,
): Promise<string> {
  const python = env[VARIABLE] || "python3";
  const look = (): Promise<string> => versionOf(python, env);
  const version = await look().catch(async () => {
    const problem = await installPython().then(
      () => "it was not found after that",
      (error: unknown) => (error instanceof Error ? error.message.trim() : String(error)),
    );
    return look().catch((error: unknown) => {
      throw new Error(
        `No Python with venv is to be had by the name of ${python}, and none could be installed: ${problem}\n` +
          `Install Python 3.8 or later (on Debian: apt-get install python3-venv), or set ${VARIABLE} to its path.`,
        { cause: error },
      );
    });
  });
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

/** Rejects where there is none, or one that cannot make an environment. */
async function versionOf(python: string, env: Readonly<Record<string, string | undefined>>): Promise<string> {
  const script = "import ensurepip, sys, venv; print(sys.version, sys.executable)";
  return (await run(python, ["-c", script], { env: { ...env } })).stdout;
}

async function installByApt(): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error("only root can install packages.");
  // Somebody else may be reading the lists just now.
  const lists = "apt-get update || { sleep 20; apt-get update; }";
  const script = `{ ${lists}; } && apt-get -o DPkg::Lock::Timeout=200 install -y --no-install-recommends python3-venv`;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await run("sh", ["-c", script], { timeout: INSTALL_MS, maxBuffer: 2 ** 26, env });
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
      throw new Error(`${file} ${args.join(" ")} failed; pip needs a way to PyPI.`, { cause: error });
    });
  }
}

async function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
