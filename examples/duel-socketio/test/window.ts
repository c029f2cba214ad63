import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from "vitest";
import { BROWSER_MS, launchChromium } from "../browser/chromium.js";
import type { DuelServer } from "../src/server.js";
import { serve } from "./table.js";

/** How long something that is to come may take to appear, in ms. */
const PATIENCE_MS = 40_000;

/** How long a test may take on a machine that does much else, in ms. */
export const TEST_MS = 120_000;

/** Small, as the smallest phones still in use. */
export const PHONE = { width: 360, height: 640 };

let browser: Browser | undefined;
const complaints: string[] = [];

/** One browser for a file; each test has windows of its own in it, and none may complain about anything. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await launchChromium();
  }, BROWSER_MS);
  afterEach(() => expect(complaints.splice(0)).toEqual([]));
  afterAll(() => browser?.close());
}

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
  const context = await browser!.newContext(options);
  onTestFinished(() => context.close());
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  // What the page's policy refuses is told on the console, as errors are.
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(`${url}/${hash}`);
  await page.getByRole("heading", { name: "Find an even match" }).waitFor();
  return page;
}

/** The complaints so far, which a test expected. */
export function takeComplaints(): string[] {
  return complaints.splice(0);
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

/** Waits until the text is there to be seen. */
export async function sees(page: Page | Locator, text: string | RegExp): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}

/** The match as the page shows it. */
export async function shownMatch(page: Page): Promise<Locator> {
  const match = page.getByRole("region", { name: "Your match", exact: true });
  await match.waitFor();
  return match;
}

/** How far the page can be scrolled sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}
