import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

// In development the workspace packages resolve to their TypeScript sources, so no build is needed.
const conditions = ["evenmatch-source", ...defaultServerConditions];

interface Settings {
  include?: string[];
  exclude?: string[];
  globalSetup?: string[];
  maxWorkers?: number;
  sequence?: { groupOrder: number };
}

// For what hangs; what computes or starts servers may take its time on a busy machine.
const patience = { testTimeout: 120_000, hookTimeout: 120_000, expect: { poll: { timeout: 60_000 } } };

function project(name: string, root: string, settings: Settings = {}) {
  return {
    root: resolve(import.meta.dirname, root),
    resolve: { conditions },
    ssr: { resolve: { conditions } },
    test: { name, include: ["test/**/*.test.ts"], ...patience, ...settings },
  };
}

// The servers that the tests of a run share are found or started; some tests start more of their own.
function on(...servers: ("postgres" | "redis" | "kafka")[]) {
  const setups = servers.map((name) => `services/src/vitest/${name}-setup.ts`);
  return { globalSetup: setups.map((file) => resolve(import.meta.dirname, file)) };
}

const cores = availableParallelism();

// Players by the hundred at several processes, who would keep everybody else waiting. They come after all others, with
// the cores for themselves.
const crowds = ["test/population*.test.ts"];
// So do clusters with a broker of Kafka each, one after the other.
const brokers = ["test/kafka.test.ts"];

export default defineConfig({
  test: {
    // Most tests wait more than they compute, for servers, leases and each other: one file more than there are cores
    // keeps these busy. Vitest would leave one core out.
    maxWorkers: cores + 1,
    projects: [
      project("core", "packages/core"),
      project("testkit", "packages/testkit"),
      project("adapter-postgres", "packages/adapter-postgres", on("postgres")),
      project("adapter-redis", "packages/adapter-redis", on("redis")),
      project("adapter-kafka", "packages/adapter-kafka", on("kafka")),
      project("example-quickstart", "examples/quickstart"),
      project("example-duel-socketio", "examples/duel-socketio", {
        ...on("postgres", "redis", "kafka"),
        exclude: crowds,
      }),
      project("example-duel-socketio-crowds", "examples/duel-socketio", {
        ...on("postgres", "redis", "kafka"),
        include: crowds,
        maxWorkers: cores,
        sequence: { groupOrder: 1 },
      }),
      project("example-practice-rooms", "examples/practice-rooms", on("redis")),
      project("benchmarks", "benchmarks", on("postgres", "kafka")),
      project("services", "services", on("postgres", "redis", "kafka")),
      // Whole clusters.
      project("soak", "soak", { exclude: brokers }),
      project("soak-kafka", "soak", { include: brokers, sequence: { groupOrder: 2 } }),
      project("tooling", "scripts"),
    ],
  },
});
