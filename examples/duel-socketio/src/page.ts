import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { resolve } from "node:path";

export interface Asset {
  readonly type: string;
  readonly body: Buffer;
}

const folder = resolve(import.meta.dirname, "../page");

const scripts = ["app", "dom", "line", "match", "questions", "screen", "server", "view", "words"].map(
  (name) => `${name}.js`,
);

/** The page, read once: what is not in this list cannot be asked for, whatever the path looks like. */
export async function readPage(): Promise<ReadonlyMap<string, Asset>> {
  const socketIo = createRequire(import.meta.url).resolve("socket.io-client/package.json");
  const files: readonly (readonly [path: string, file: string, type: string])[] = [
    ["/", resolve(folder, "index.html"), "text/html; charset=utf-8"],
    ["/style.css", resolve(folder, "style.css"), "text/css; charset=utf-8"],
    ...scripts.map((name) => [`/${name}`, resolve(folder, name), "text/javascript; charset=utf-8"] as const),
    ["/icon.svg", resolve(folder, "icon.svg"), "image/svg+xml"],
    ["/socket.io.js", resolve(socketIo, "../dist/socket.io.min.js"), "text/javascript; charset=utf-8"],
  ];
  const read = files.map(async ([path, file, type]) => [path, { type, body: await readFile(file) }] as const);
  return new Map(await Promise.all(read));
}

/** Headers of every answer: nothing from elsewhere, nothing inline, in nobody's frame. */
export const securityHeaders: Readonly<Record<string, string>> = {
  "Content-Security-Policy": [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};
