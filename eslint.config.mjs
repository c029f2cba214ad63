import { builtinModules } from "node:module";
import { defineConfig } from "eslint/config";
import tseslint from "typescript-eslint";

// Time and chance come in from outside, so that a test can hold them still and a simulation can replay them.
const clockGlobals = [
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "requestAnimationFrame",
];
const chanceGlobals = ["crypto"];
/** @param {string[]} names @param {string} message */
const ban = (names, message) => names.map((name) => ({ name, message }));
const bannedGlobals = {
  checkGlobalObject: true,
  globals: [
    ...ban(clockGlobals, "Time comes from the Clock that is passed in."),
    ...ban(chanceGlobals, "Chance comes from the Random that is passed in."),
  ],
};
const bannedProperties = [
  { object: "Math", property: "random", message: "Chance comes from the Random that is passed in." },
  { object: "AbortSignal", property: "timeout", message: "Time comes from the Clock that is passed in." },
];

// The only files that wrap a global of time or chance; everything else receives what they make.
const wrappers = [
  "packages/core/src/clock.ts",
  "packages/core/src/random.ts",
  "packages/testkit/src/clock/manual-clock.ts",
  "packages/testkit/src/random/seeded.ts",
];

// Programs that people start: they measure real time, and what they print is their purpose.
const programs = ["packages/adapter-postgres/src/command/**"];

const otherPackage = "^\\.\\./.*\\b(core|testkit|adapter-[^/]+|dashboard|metrics|cli)/(src|test|dist)/";

// An error that nobody listens for is printed, like an unhandled rejection; so is what a waiting test must know.
const lastResorts = ["packages/core/src/event/emitter.ts", "packages/testkit/src/clock/manual-clock.ts"];

// A queue takes strategies for any kind of player, which TypeScript can only say with `any`.
const anyPlayer = [
  "packages/core/src/queue.ts",
  "packages/core/src/limit/define-limit.ts",
  "packages/core/src/limit/limits.ts",
];

// What comes in 50 ms here takes seconds where others use the machine, too; the tool's own second makes such a test fail.
const hurried = {
  selector:
    "CallExpression[callee.object.name='vi'][callee.property.name=/^wait(Until|For)$/][arguments.length<2]",
  message: "Say how long it may take on a slow machine.",
};

const nodeModules = builtinModules.filter((name) => !name.startsWith("_"));
const timeAndChanceModules = ["crypto", "perf_hooks", "timers", "timers/promises"];
/** @param {string[]} names */
const withPrefix = (names) => [...names, ...names.map((name) => `node:${name}`)];

export default defineConfig(
  {
    ignores: ["**/dist/", "**/node_modules/", "docs/.site/", ".snippets/", "coverage/"],
  },
  { linterOptions: { reportUnusedDisableDirectives: "error", noInlineConfig: true } },
  tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      eqeqeq: "error",
      "no-var": "error",
      "prefer-const": "error",
      "object-shorthand": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-floating-promises": "error",
      "@typescript-eslint/switch-exhaustiveness-check": [
        "error",
        { considerDefaultExhaustiveForUnions: true },
      ],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Numbers and booleans read well in a message.
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      // It takes `signal.aborted` for settled once asked, also after an `await`, where it may have changed.
      "@typescript-eslint/no-unnecessary-condition": "off",
      // A type parameter used once still names what a caller may fix: `new Pool<RatedPlayer>()`.
      "@typescript-eslint/no-unnecessary-type-parameters": "off",
      // An `async` function without `await` turns what it throws into a rejection, which the ports promise.
      "@typescript-eslint/require-await": "off",
      // The hot loops index arrays whose bounds they have just checked; `!` says so, and costs nothing.
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["packages/*/src/**"],
    rules: {
      "no-console": "error",
      "no-restricted-globals": ["error", bannedGlobals],
      "no-restricted-properties": ["error", ...bannedProperties],
      "no-restricted-imports": ["error", { paths: withPrefix(timeAndChanceModules) }],
    },
  },
  {
    files: ["packages/core/src/**"],
    rules: {
      "no-restricted-imports": ["error", { paths: withPrefix(nodeModules) }],
    },
  },
  {
    files: wrappers,
    rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" },
  },
  { files: lastResorts, rules: { "no-console": "off" } },
  { files: anyPlayer, rules: { "@typescript-eslint/no-explicit-any": "off" } },
  {
    files: programs,
    rules: {
      "no-console": "off",
      "no-restricted-globals": "off",
      "no-restricted-properties": "off",
      "no-restricted-imports": "off",
    },
  },
  {
    // Another package is reached by its name: a path across packages would bypass what it exports.
    files: ["packages/**", "examples/**", "benchmarks/**", "services/**", "soak/**", "scripts/**"],
    rules: {
      "@typescript-eslint/no-restricted-imports": [
        "error",
        { patterns: [{ regex: otherPackage, message: "Import another package by its name." }] },
      ],
    },
  },
  {
    files: ["**/test/**"],
    rules: {
      // A test may pass a method on to be called, and a value of the wrong type to see it refused.
      "@typescript-eslint/unbound-method": "off",
      "@typescript-eslint/no-unsafe-argument": "off",
      "no-restricted-syntax": ["error", hurried],
    },
  },
  { files: ["scripts/consumers/**"], ...tseslint.configs.disableTypeChecked },
);
