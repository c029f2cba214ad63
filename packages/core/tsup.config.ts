import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { defineConfig, type Options } from "tsup";

const folder = "dist";

const shared: Options = {
  entry: ["src/index.ts", "src/adapter.ts"],
  outDir: folder,
  target: "node20",
  // The library also runs in a browser tab: no platform's globals or modules are assumed.
  platform: "neutral",
};

// Both entry points share their chunks, so there is one copy of each class and `instanceof` holds across them. For
// CommonJS tsup would only share chunks by lowering the syntax, so those files are made from the ES modules.
export default defineConfig([
  { ...shared, format: "esm", dts: true, sourcemap: true, clean: true, onSuccess: writeCommonJs },
  { ...shared, format: "cjs", dts: { only: true } },
]);

async function writeCommonJs(): Promise<void> {
  const modules = (await readdir(folder)).filter((name) => name.endsWith(".js"));
  await build({
    entryPoints: modules.map((name) => join(folder, name)),
    outdir: folder,
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    platform: "neutral",
    target: "node20",
    sourcemap: true,
    logLevel: "warning",
  });
  for (const name of modules) {
    const file = join(folder, name.replace(/\.js$/, ".cjs"));
    const code = await readFile(file, "utf8");
    await writeFile(file, code.replace(/require\("(\.\/[^"]+)\.js"\)/g, 'require("$1.cjs")'));
  }
}
