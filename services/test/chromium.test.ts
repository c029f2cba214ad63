import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { chromiumPath } from "../src/browser/chromium.js";

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "evenmatch-chromium-"));
  onTestFinished(() => rm(made, { recursive: true }));
  return made;
}

async function browserIn(at: string, name: string): Promise<string> {
  const file = join(at, name);
  await writeFile(file, "#!/bin/sh\n");
  await chmod(file, 0o755);
  return file;
}

const neverInstalls = (): Promise<void> => Promise.reject(new Error("only root can install packages."));

it("is where the environment says, and nowhere else when it says so", async () => {
  const at = await folder();
  const [own, other] = [await browserIn(at, "my-browser"), await browserIn(at, "chromium")];
  expect(await chromiumPath({ CHROMIUM_PATH: own, PATH: at }, neverInstalls)).toBe(own);
  expect(await chromiumPath({ CHROMIUM_PATH: "", PATH: at }, neverInstalls)).toBe(other);
  const wrong = join(at, "no-browser");
  await expect(chromiumPath({ CHROMIUM_PATH: wrong, PATH: at }, neverInstalls)).rejects.toThrow(
    `CHROMIUM_PATH is ${wrong}, which cannot be executed.`,
  );
});

it("is found by any of its names, on any part of the PATH", async () => {
  const [empty, at] = [await folder(), await folder()];
  await writeFile(join(empty, "chromium"), "not executable");
  const found = await browserIn(at, "google-chrome");
  expect(await chromiumPath({ PATH: `${empty}::${at}` }, neverInstalls)).toBe(found);
});

it("is installed where there is none", async () => {
  const at = await folder();
  const install = async (): Promise<void> => {
    await browserIn(at, "chromium");
  };
  expect(await chromiumPath({ PATH: at }, install)).toBe(join(at, "chromium"));
});

it("says what to install where that fails, too", async () => {
  const at = await folder();
  await expect(chromiumPath({ PATH: at }, neverInstalls)).rejects.toThrow(
    /only root can install packages\.\nInstall Chromium or Chrome .*, or set CHROMIUM_PATH to its path\./,
  );
  await expect(chromiumPath({ PATH: at }, () => Promise.resolve())).rejects.toThrow("not found after that");
});
