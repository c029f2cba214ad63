import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { Owned } from "./fixtures/owner.js";

const owner = fileURLToPath(new URL("fixtures/owner.ts", import.meta.url));
let child: ChildProcess | undefined;

/** Starts the program that owns a server, and returns where that is. */
async function startOwner(...args: string[]): Promise<Owned> {
  const node = ["--conditions=evenmatch-source", "--import", "tsx", owner, ...args];
  child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(child.stdout!, "data")) as [Buffer];
  return JSON.parse(line.toString()) as Owned;
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a server goes with the program that started it", () => {
  const gone = { timeout: 20_000 };
  afterEach(() => child?.kill("SIGKILL"));

  test.each(["postgres", "redis", "kafka"])("%s, when that is killed with −9", async (name) => {
    const { process, directory } = await startOwner(name, "--stay");
    expect([isThere(process), existsSync(directory)]).toEqual([true, true]);
    child!.kill("SIGKILL");
    await expect.poll(() => isThere(process), gone).toBe(false);
    await expect.poll(() => existsSync(directory), gone).toBe(false);
  });

  test.each(["postgres", "redis"])(
    "%s, when that ends without a word, which it is not kept from",
    async (name) => {
      const { process, directory } = await startOwner(name);
      const [code] =
        child!.exitCode === null ? ((await once(child!, "exit")) as [number]) : [child!.exitCode];
      expect(code).toBe(0);
      await expect.poll(() => isThere(process), gone).toBe(false);
      await expect.poll(() => existsSync(directory), gone).toBe(false);
    },
  );
});
