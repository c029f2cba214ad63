import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { chromium, type Browser } from "playwright-core";

/** The variable that names the browser to take. */
const VARIABLE = "CHROMIUM_PATH";

/** What it is called, by whoever packs it. */
const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** How long an installation may take, which downloads some hundred megabytes, in ms. */
const INSTALL_MS = 300_000;

/** How long it may take until there is a browser that runs. */
export const BROWSER_MS = INSTALL_MS + 60_000;

const run = promisify(execFile);

/** A real Chromium without a window: the one that is there, or else one that is installed now. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await chromiumPath();
  // Root may not use the sandbox.
  return chromium.launch({ executablePath, args: isRoot() ? ["--no-sandbox"] : [] });
}

/**
 * Where Chromium is: where `CHROMIUM_PATH` says, else on the PATH, else where apt has put it, if this is root on a
 * Debian or Ubuntu. Throws an error that says what to install.
 */
export async function chromiumPath(
  env: Readonly<Record<string, string | undefined>> = process.env,
  install: () => Promise<void> = installChromium,
): Promise<string> {
  const given = env[VARIABLE];
  if (given) {
    if (await isExecutable(given)) return given;
    throw new Error(`${VARIABLE} is ${given}, which cannot be executed. Set it to the path of a Chromium.`);
  }
  const found = await onPath(env["PATH"]);
  if (found !== undefined) return found;
  const problem = await install().then(
    () => "it was not found after that",
    (error: unknown) => (error instanceof Error ? error.message.trim() : String(error)),
  );
  const installed = await onPath(env["PATH"]);
  if (installed !== undefined) return installed;
  throw new Error(
    `No Chromium was found on the PATH (${NAMES.join(", ")}), and none could be installed: ${problem}\n` +
      `Install Chromium or Chrome (on Debian: apt-get install chromium), or set ${VARIABLE} to its path.`,
  );
}

/** One process installs, and others that want to wait for it and find what it has installed. */
async function installChromium(): Promise<void> {
  if (!isRoot()) throw new Error("only root can install packages.");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const script = "command -v chromium || { apt-get update && apt-get install -y chromium; }";
  await run("flock", [join(tmpdir(), "evenmatch-chromium.lock"), "sh", "-c", script], {
    timeout: INSTALL_MS,
    maxBuffer: 2 ** 26,
    env,
  });
}

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

async function onPath(path = ""): Promise<string | undefined> {
  for (const name of NAMES) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, name);
      if (folder !== "" && (await isExecutable(file))) return file;
    }
  }
  return undefined;
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
