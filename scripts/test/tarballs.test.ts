import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkBrowser, judgeSize, runConsumer } from "../checks/consumers.mjs";
import { judgeContents } from "../checks/tarballs.mjs";

let dir = "";
beforeAll(async () => (dir = await mkdtemp(join(tmpdir(), "evenmatch-browser-"))));
afterAll(() => rm(dir, { recursive: true, force: true }));

describe("the contents of a tarball", () => {
  const whole = ["package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.cjs", "src/index.ts"];

  test("what is needed passes", () => {
    expect(() => judgeContents("one", whole)).not.toThrow();
  });

  test.each(["test/one.test.ts", ".env", "tsup.config.ts", "src/notes.md"])(
    "%s does not belong there",
    (path) => {
      expect(() => judgeContents("one", [...whole, path])).toThrow(`would publish ${path}`);
    },
  );

  test.each(["LICENSE", "README.md", "dist/index.cjs"])("%s is missed", (path) => {
    const others = whole.filter((other) => other !== path);
    expect(() => judgeContents("one", others)).toThrow(`without ${path}`);
  });
});

describe("the browser bundle", () => {
  async function page(code: string): Promise<string> {
    await writeFile(join(dir, "browser.ts"), code);
    return checkBrowser(dir);
  }

  test("passes with a match", async () => {
    expect(await page(`export const result = Promise.resolve("ann bob");`)).toContain("met: ann bob");
  });

  test("fails on a Node import", async () => {
    const code = `import { readFileSync } from "node:fs";\nexport const result = String(readFileSync);`;
    await expect(page(code)).rejects.toThrow("node:fs");
  });

  test.each(["process", "Buffer", "setImmediate"])("fails on Node's global %s", async (name) => {
    const code = `declare const ${name}: unknown;\nexport const result = String(${name});`;
    await expect(page(code)).rejects.toThrow(`${name} is not defined`);
  });

  test("fails without the match", async () => {
    await expect(page(`export const result = Promise.resolve("nobody");`)).rejects.toThrow("met: nobody");
  });
});

test("a consumer that runs without forming a match fails", async () => {
  const consumer = await mkdtemp(join(dir, "consumer-"));
  await expect(runConsumer(consumer, process.execPath)).rejects.toThrow("exited with 1");
  await expect(runConsumer(consumer, "true")).rejects.toThrow("expected “met: ann bob”");
});

test("the size gate lets 21,799 bytes pass, refuses 21,800, and names the goal", () => {
  expect(judgeSize(21_799)).toContain("21799 bytes");
  expect(judgeSize(21_799)).toContain("the goal 14000");
  expect(() => judgeSize(21_800)).toThrow("21800 bytes");
});
