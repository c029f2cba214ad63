import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { runTypeDoc } from "../site.mjs";

// The settings of typedoc.json beside the proof that each can fail: the site of a very small package.
let dir = "";
afterEach(() => rm(dir, { recursive: true, force: true }));

async function site(source: string, guide = "# Guide\n"): Promise<void> {
  dir = await mkdtemp(join(tmpdir(), "evenmatch-site-"));
  const exports = { ".": { "evenmatch-source": "./src/index.ts" } };
  const manifest = { name: "@evenmatch/example", version: "1.0.0", exports };
  await mkdir(join(dir, "src"));
  await writeFile(join(dir, "package.json"), JSON.stringify(manifest));
  await writeFile(
    join(dir, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { types: [] }, include: ["src"] }),
  );
  await writeFile(join(dir, "src/index.ts"), source);
  await writeFile(join(dir, "guide.md"), guide);
  const places = { tsconfig: "tsconfig.json", out: "site", projectDocuments: "guide.md" };
  const settings = Object.entries(places).flatMap(([name, path]) => [`--${name}`, join(dir, path)]);
  await runTypeDoc([{ dir, manifest }], [...settings, "--readme", "none"]);
}

test("what is documented passes", async () => {
  await site(
    "/** One. See {@link two}. */\nexport const one = 1;\n/** Two. */\nexport function two(): void {}\n",
  );
});

test("whatever is exported without a comment fails", async () => {
  const bare = [
    "export const aConstant = 1;",
    "export function aFunction(): void {}",
    "export class AClass {}",
    "export interface AnInterface { one: number }",
    "export type AType = string;",
  ];
  const complaint = await site(bare.join("\n")).then(String, String);
  for (const name of ["aConstant", "aFunction", "AClass", "AnInterface", "AType"]) {
    expect(complaint).toMatch(new RegExp(`${name} .*does not have any documentation`));
  }
});

test("a link to a name that does not exist fails", async () => {
  await expect(site("/** See {@link Nothing}. */\nexport const one = 1;\n")).rejects.toThrow("Nothing");
});

test("a link to a page that does not exist fails", async () => {
  const guide = "# Guide\n\n[gone](./gone.md)\n";
  await expect(site("/** One. */\nexport const one = 1;\n", guide)).rejects.toThrow("gone.md");
});
