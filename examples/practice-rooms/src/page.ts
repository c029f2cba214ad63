import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const folder = resolve(import.meta.dirname, "../page");
const socketIo = createRequire(import.meta.url).resolve("socket.io-client/package.json");

const html = "text/html; charset=utf-8";
const css = "text/css; charset=utf-8";
const script = "text/javascript; charset=utf-8";

/** Every file of the page, by the path at which it is. Nothing else can be asked for, whatever a path looks like. */
const files: Readonly<Record<string, readonly [file: string, type: string]>> = {
  "/": [resolve(folder, "index.html"), html],
  "/style.css": [resolve(folder, "style.css"), css],
  "/app.js": [resolve(folder, "app.js"), script],
  "/server.js": [resolve(folder, "server.js"), script],
  "/screen.js": [resolve(folder, "screen.js"), script],
  "/icon.svg": [resolve(folder, "icon.svg"), "image/svg+xml"],
  "/socket.io.js": [resolve(socketIo, "../dist/socket.io.min.js"), script],
};

/** Reads the page, once. */
export async function readPage(): Promise<ReadonlyMap<string, Asset>> {
  const read = async ([path, [file, type]]: (typeof entries)[number]) =>
    [path, { type, body: await readFile(file) }] as const;
  const entries = Object.entries(files);
  return new Map(await Promise.all(entries.map(read)));
}
