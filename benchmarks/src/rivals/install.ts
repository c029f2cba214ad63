import { execFile } from "node:child_process";
import { access, copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { cache, home } from "../places.js";

/**
 * Installs the packages that we are measured against, at the versions of `rivals/package-lock.json`, and returns what
 * loads one of them. They are installed when somebody asks for the benchmark, and not with the workspace: nobody else
 * needs them. Nothing of theirs runs at the installation.
 */
export async function rivals(): Promise<(name: string) => unknown> {
  const files = ["package.json", "package-lock.json"];
  const texts = await Promise.all(files.map((file) => readFile(resolve(home, "rivals", file), "utf8")));
  const version = createHash("sha256").update(texts.join("\n")).digest("hex").slice(0, 16);
  const folder = join(await cache(), `rivals-${version}`);
  try {
    await access(folder);
  } catch {
    await install(files, folder);
  }
  return createRequire(join(folder, "package.json"));
}

async function install(files: readonly string[], folder: string): Promise<void> {
  const draft = `${folder}.${process.pid}`;
  await mkdir(draft);
  try {
    for (const file of files) await copyFile(resolve(home, "rivals", file), join(draft, file));
    // One of them asks for a later Node, and runs on this one. Its optional parts, binaries for other platforms too,
    // are not to be had everywhere, and `npm ci` wants to know all of them.
    const options = [
      "--omit=optional",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--engine-strict=false",
    ];
    const args = ["install", ...options];
    await promisify(execFile)("npm", args, { cwd: draft });
    await rename(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}
