import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { openWindow, sees } from "@evenmatch/services/vitest/browser";
import type { DuelServer } from "../src/server.js";
import { serve } from "./table.js";

/** A server for windows: on a machine that does much else nobody is late to accept, or gone for good. */
export function serveWindows(env: Record<string, string> = {}): Promise<DuelServer> {
  return serve({ ACCEPT_MS: "60000", GRACE_MS: "60000", JOINS_PER_MINUTE: "0", FILL_MS: "500", ...env });
}

/** A window of one visitor, who has not signed in. */
export async function visit(
  { url }: DuelServer,
  options: BrowserContextOptions = {},
  hash = "",
): Promise<Page> {
  const page = await openWindow(`${url}/${hash}`, options);
  await page.getByRole("heading", { name: "Find an even match" }).waitFor();
  return page;
}

/** A window of a player who has signed in by name. */
export async function enter(
  server: DuelServer,
  name: string,
  options?: BrowserContextOptions,
): Promise<Page> {
  const page = await visit(server, options);
  await signIn(page, name);
  return page;
}

export async function signIn(page: Page, name: string): Promise<void> {
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await sees(page, `${name}, rating 1500`);
}

/** A window of a player of this rating. */
export async function enterRated(server: DuelServer, name: string, rating: number): Promise<Page> {
  const { token } = await server.signIn(name, rating);
  const page = await visit(server);
  await page.evaluate((kept) => sessionStorage.setItem("evenmatch-token", kept), token);
  await page.reload();
  await sees(page, `${name}, rating ${rating}`);
  return page;
}

export async function join(page: Page, mode: string): Promise<void> {
  await page.getByRole("radio", { name: mode }).check();
  await page.getByRole("button", { name: "Find a match" }).click();
}

export async function accept(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Accept" }).click();
}

/** The match as the page shows it. */
export async function shownMatch(page: Page): Promise<Locator> {
  const match = page.getByRole("region", { name: "Your match", exact: true });
  await match.waitFor();
  return match;
}
