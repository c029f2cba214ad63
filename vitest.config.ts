import { resolve } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// In development the workspace packages resolve to their TypeScript sources, so no build is needed.
const conditions = ["evenmatch-source", ...defaultServerConditions];

function project(
  name: string,
  root: string,
  settings: { testTimeout?: number; globalSetup?: string[] } = {},
) {
  return {
    root: resolve(import.meta.dirname, root),
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include: ["test/**/*.test.ts"], ...settings },
  };
}

// Finds or starts the Postgres servers that the tests of a run share.
const postgres = resolve(import.meta.dirname, "services/src/vitest/postgres-setup.ts");

export default defineConfig({
  test: {
    projects: [
      project("core", "packages/core"),
      project("testkit", "packages/testkit"),
      project("adapter-postgres", "packages/adapter-postgres", { globalSetup: [postgres] }),
      project("example-quickstart", "examples/quickstart"),
      project("example-duel-socketio", "examples/duel-socketio", { globalSetup: [postgres] }),
      project("benchmarks", "benchmarks"),
      project("services", "services", { globalSetup: [postgres], testTimeout: 60_000 }),
      // These tests start compilers and linters.
      project("tooling", "scripts", { testTimeout: 60_000 }),
    ],
  },
});
