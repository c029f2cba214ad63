import { defineConfig, type Options } from "tsup";

const shared = {
  sourcemap: true,
  target: "node20",
  platform: "node",
} satisfies Options;

export default defineConfig([
  { ...shared, entry: ["src/index.ts"], format: ["esm", "cjs"], dts: true, clean: ["!evenmatch-postgres.*"] },
  // The command `evenmatch-postgres`.
  {
    ...shared,
    entry: { "evenmatch-postgres": "src/command/cli.ts" },
    format: ["esm"],
    banner: { js: "#!/usr/bin/env node" },
  },
]);
