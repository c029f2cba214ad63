import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { cruise, judgeImports } from "../checks/imports.mjs";
import { root } from "../command.mjs";

// Each boundary beside the proof that it can fail: a small repository that breaks it.
const clean = {
  "packages/core/package.json": JSON.stringify({ name: "@x/core" }),
  "packages/core/src/index.ts": `import "./clock.js";\n`,
  "packages/core/src/clock.ts": "export const clock = 1;\n",
  "packages/testkit/package.json": JSON.stringify({ name: "@x/testkit" }),
  "packages/testkit/src/index.ts": "export const kit = 1;\n",
  "packages/adapter-redis/package.json": JSON.stringify({ name: "@x/r", peerDependencies: { vite: "*" } }),
  "packages/adapter-redis/src/index.ts": `import "../../core/src/index.js";\nimport "vite";\n`,
  "examples/duel/package.json": JSON.stringify({ name: "duel" }),
  "examples/duel/main.ts": `import "../../packages/core/src/index.js";\n`,
};

let dir = "";

async function rulesBroken(changed: Record<string, string>): Promise<string[]> {
  dir = await mkdtemp(join(tmpdir(), "evenmatch-imports-"));
  for (const [file, text] of Object.entries({ ...clean, ...changed })) {
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), text);
  }
  await symlink(join(root, "node_modules"), join(dir, "node_modules"));
  const { summary } = await cruise(dir, ["packages", "examples"]);
  return [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
}

afterEach(() => rm(dir, { recursive: true, force: true }));

test("a repository that keeps the boundaries has no complaints", async () => {
  expect(await rulesBroken({})).toEqual([]);
});

describe("refused is", () => {
  test("a cycle", async () => {
    const changed = { "packages/core/src/clock.ts": `import "./index.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["no-circular"]);
  });

  test("a cycle of types", async () => {
    const changed = { "packages/core/src/clock.ts": `import type {} from "./index.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["no-circular"]);
  });

  test("Node in the core", async () => {
    const changed = { "packages/core/src/clock.ts": `export const fs = await import("node:fs");\n` };
    expect(await rulesBroken(changed)).toEqual(["core-imports-no-node"]);
  });

  test("a dependency of the core", async () => {
    const changed = { "packages/core/src/clock.ts": `import "vite";\n` };
    expect(await rulesBroken(changed)).toContain("core-depends-on-nothing");
  });

  test("the testkit in the core", async () => {
    const changed = { "packages/core/src/clock.ts": `import "../../testkit/src/index.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["core-depends-on-nothing"]);
  });

  test("the testkit in an adapter", async () => {
    const changed = { "packages/adapter-redis/src/index.ts": `import "../../testkit/src/index.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["adapters-import-no-other-package"]);
  });

  test("anything but its driver in an adapter", async () => {
    const changed = { "packages/adapter-redis/src/index.ts": `import "node:fs";\nimport "esbuild";\n` };
    expect(await rulesBroken(changed)).toContain("adapters-import-core-and-their-driver");
  });

  test("another package's inner file in a package", async () => {
    const changed = { "packages/testkit/src/index.ts": `import "../../core/src/clock.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["packages-through-their-entry-points"]);
  });

  test("a package's inner file in an example", async () => {
    const changed = { "examples/duel/main.ts": `import "../../packages/core/src/clock.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["users-through-entry-points"]);
  });

  test("an import that leads nowhere", async () => {
    const changed = { "packages/core/src/clock.ts": `import "./gone.js";\n` };
    expect(await rulesBroken(changed)).toContain("resolvable");
  });

  test("an example in a package", async () => {
    const changed = { "packages/testkit/src/index.ts": `import "../../../examples/duel/main.js";\n` };
    expect(await rulesBroken(changed)).toEqual(["packages-import-no-users"]);
  });

  test("a server of the tests in a source", async () => {
    const changed = {
      "packages/testkit/src/index.ts": `import "../../../services/src/index.js";\n`,
      "services/src/index.ts": "export const services = 1;\n",
    };
    expect(await rulesBroken(changed)).toEqual(["sources-import-no-services"]);
  });

  test("a test in a source", async () => {
    const changed = {
      "packages/core/src/clock.ts": `import "../test/world.js";\n`,
      "packages/core/test/world.ts": "export const world = 1;\n",
    };
    expect(await rulesBroken(changed)).toContain("sources-import-no-tests");
  });
});

test("a violation fails the step, and so does a cruise of nothing", () => {
  const modules = [{ source: "packages/core/src/index.ts" }];
  const violations = [{ rule: { name: "no-circular" }, from: "a.ts", to: "b.ts" }];
  expect(() => judgeImports({ modules, summary: { violations } })).toThrow("no-circular: a.ts → b.ts");
  expect(() => judgeImports({ modules: [], summary: { violations: [] } })).toThrow("no module");
});
