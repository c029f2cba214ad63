import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { run } from "./run.js";
import { waitFor } from "./wait.js";

/** PATH, and where Debian keeps the programs for administrators. */
export function programDirectories(): string[] {
  return [...(process.env["PATH"] ?? "").split(delimiter).filter(Boolean), "/usr/sbin", "/usr/local/sbin"];
}

/** Where a program is, by default in `programDirectories`; undefined where it is not. */
export async function findProgram(
  name: string,
  directories: readonly string[] = programDirectories(),
): Promise<string | undefined> {
  for (const dir of directories) {
    const file = join(dir, name);
    if (await access(file, constants.X_OK).then(yes, no)) return file;
  }
  return undefined;
}

const yes = () => true;
const no = () => false;

/**
 * Where a program is, after root has installed its Debian package if it was missing.
 *
 * @throws Error saying what to install, where that is impossible.
 */
export async function obtainProgram(name: string, debianPackage: string): Promise<string> {
  const there = await findProgram(name);
  if (there !== undefined) return there;
  const failure = await installPackage(debianPackage);
  const installed = await findProgram(name);
  if (installed !== undefined) return installed;
  throw new Error(
    `${name} is needed and not on PATH. Install it (Debian: apt-get install ${debianPackage}).`,
    {
      cause: failure,
    },
  );
}

/** Has root install a package of Debian, without starting its service, and returns what went wrong. */
export async function installPackage(debianPackage: string): Promise<unknown> {
  const apt = process.getuid?.() === 0 ? await findProgram("apt-get") : undefined;
  if (apt === undefined) return undefined;
  // Nobody asks questions, and no service is started: whoever needs one starts his own.
  const env = { DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
  const steps = [["update"], ["install", "--yes", "--no-install-recommends", debianPackage]];
  const attempt = async () => {
    for (const step of steps) await run(apt, ["-o", "DPkg::Lock::Timeout=300", ...step], { env });
  };
  // Two test files may want the same at once; the lock on the package lists is one that apt does not wait for.
  const patiently = async () => {
    const error = await attempt().catch((error: unknown) => error);
    return error instanceof Error && error.message.includes("Could not get lock") ? undefined : { error };
  };
  const { error } = await waitFor(patiently, {
    what: "apt-get to be free",
    timeoutMs: 300_000,
    everyMs: 500,
  });
  return error;
}
