import { request } from "node:http";
import { expect, it } from "vitest";
import { readPage } from "../src/page.js";
import { serve } from "./table.js";

it("serves the page with its files, under a strict policy", async () => {
  const { url } = await serve();
  const page = await fetch(url);
  expect(page.status).toBe(200);
  const html = await page.text();
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const file = await fetch(new URL(path!, url));
    expect([path, file.status]).toEqual([path, 200]);
    expect(new URL(file.url).origin).toBe(url);
    await file.arrayBuffer();
  }
  // Scripts import each other, and nothing else.
  for (const [path, { type, body }] of await readPage()) {
    if (!type.startsWith("text/javascript") || path === "/socket.io.js") continue;
    for (const [, from] of body.toString().matchAll(/^(?:import .*|\}) from "(.+)";$/gm)) {
      expect([path, (await fetch(new URL(from!, url))).status]).toEqual([path, 200]);
    }
  }
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe-inline");
  expect(html).not.toMatch(/<script>|<style>| style=| on\w+=/);
  expect(page.headers.get("x-content-type-options")).toBe("nosniff");
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
});

it("labels every field, and every name that the script looks for is there", async () => {
  const { url } = await serve();
  const html = await (await fetch(url)).text();
  const scripts = ["app.js", "screen.js", "match.js", "line.js"].map(async (name) =>
    (await fetch(`${url}/${name}`)).text(),
  );
  const script = (await Promise.all(scripts)).join("\n");
  for (const [, id] of html.matchAll(/<(?:input|select) id="([^"]+)"/g))
    expect(html).toContain(`<label for="${id}"`);
  const ids = [
    ...script.matchAll(/(?:element|choice|show|say|onClick|onSubmit|drawAndFocus)\("([\w-]+)"/g),
  ].map(([, id]) => id!);
  expect(ids.length).toBeGreaterThan(20);
  for (const id of ids) expect(html).toContain(`id="${id}"`);
});

it.each([
  "/../package.json",
  "/..%2fpackage.json",
  "/%2e%2e/src/main.ts",
  "/app.js/../../src/main.ts",
  "//etc/passwd",
  "/page/index.html",
])("serves nothing else: %s", async (path) => {
  const { url } = await serve();
  const { hostname, port } = new URL(url);
  // fetch would mend the path before it sends it.
  const status = await new Promise((resolve, reject) => {
    const asked = request({ hostname, port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on("error", reject).end();
  });
  expect(status).toBe(404);
});

it("answers who asks in the wrong way", async () => {
  const { url } = await serve();
  expect((await fetch(`${url}/api/sign-in`)).status).toBe(405);
  expect((await fetch(url, { method: "DELETE" })).status).toBe(405);
  expect((await fetch(url, { method: "HEAD" })).status).toBe(200);
});

it("says how it is, and what it offers", async () => {
  const { url } = await serve();
  expect(await (await fetch(`${url}/healthz`)).json()).toMatchObject({ status: "ready", waiting: 0 });
  expect(await (await fetch(`${url}/api/info`)).json()).toMatchObject({
    bots: 0,
    graceMs: 5_000,
    allowsRating: false,
  });
});

it("shows its final state only where it was asked to", async () => {
  const [shy, open] = [await serve(), await serve({ EVENMATCH_DUMP: "1" })];
  expect((await fetch(`${shy.url}/api/debug/final-state`)).status).toBe(404);
  expect(await (await fetch(`${open.url}/api/debug/final-state`)).json()).toEqual({
    tickets: [],
    matches: [],
  });
});
