// What a published source file may import. Paths are those of the files that an import leads to.
const entryPoints = "^packages/[^/]+/src/(index|adapter)\\.ts$";

/** @type {import("dependency-cruiser").IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: "no-circular",
      comment: "Files that import each other can only be read, tested and moved together.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "resolvable",
      comment: "An import that leads nowhere escapes every other rule.",
      severity: "error",
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: "core-imports-no-node",
      comment: "The core runs in a browser tab.",
      severity: "error",
      from: { path: "^packages/core/src/" },
      to: { dependencyTypes: ["core"] },
    },
    {
      name: "core-depends-on-nothing",
      comment: "The core has no dependency.",
      severity: "error",
      from: { path: "^packages/core/src/" },
      to: {
        pathNot: ["^packages/core/src/"],
        dependencyTypesNot: ["core"],
      },
    },
    {
      name: "adapters-import-core-and-their-driver",
      comment:
        "An adapter is the core's port in the words of one driver, which is its peer dependency. Its command is a program of Node.",
      severity: "error",
      from: { path: "^packages/(adapter-[^/]+)/src/", pathNot: "^packages/adapter-[^/]+/src/command/" },
      to: { pathNot: ["^packages/$1/src/", entryPoints], dependencyTypesNot: ["npm-peer"] },
    },
    {
      name: "adapters-import-no-other-package",
      comment: "Adapters do not know each other, nor the testkit.",
      severity: "error",
      from: { path: "^packages/(adapter-[^/]+)/src/" },
      to: { path: "^packages/", pathNot: ["^packages/$1/src/", "^packages/core/src/"] },
    },
    {
      name: "packages-through-their-entry-points",
      comment: "What another package does not export may change at any time.",
      severity: "error",
      from: { path: "^packages/([^/]+)/" },
      to: { path: "^packages/", pathNot: ["^packages/$1/", entryPoints] },
    },
    {
      name: "users-through-entry-points",
      comment: "Examples, benchmarks, services, soak runs and scripts use the packages as anybody would.",
      severity: "error",
      from: { path: "^(examples|benchmarks|services|soak|scripts)/" },
      to: { path: "^packages/", pathNot: [entryPoints] },
    },
    {
      name: "sources-import-declared-dependencies",
      comment: "What is published installs what it imports, or names it as a peer.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"], dependencyTypesNot: ["npm-peer"] },
    },
    {
      name: "packages-import-no-users",
      comment: "The library does not depend on its examples, benchmarks or tooling.",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^(examples|benchmarks|scripts)/" },
    },
    {
      name: "sources-import-no-services",
      comment: "What starts servers for tests is not published.",
      severity: "error",
      from: { path: "^packages/[^/]+/src/" },
      to: { path: "^services/" },
    },
    {
      name: "sources-import-no-tests",
      comment: "Tests are not published.",
      severity: "error",
      from: { path: "^((packages|examples)/[^/]+|benchmarks|services|soak)/src/" },
      to: { path: "^((packages|examples)/[^/]+|benchmarks|services|soak)/test/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "^(packages|examples)/[^/]+/dist/" },
    // Type imports count: they tie files together just as much.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["evenmatch-source", "import", "node", "default", "types"],
      mainFields: ["module", "main", "types"],
      extensions: [".ts", ".js", ".mjs", ".cjs", ".cts", ".json", ".d.ts"],
    },
  },
};
