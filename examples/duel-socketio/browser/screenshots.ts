import { launchChromium } from "@evenmatch/services/browser";
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import type { Browser, Page } from "playwright-core";
import { io } from "socket.io-client";
import { startBots } from "../src/bots.js";
import { configFrom } from "../src/config.js";
import { startServer, type DuelServer } from "../src/server.js";

/** Takes the pictures of the page that the docs show: npm run screenshots -w @evenmatch/example-duel-socketio */

const folder = resolve(import.meta.dirname, "../../../docs/pictures");
const DESKTOP = { width: 860, height: 1010 };
const PHONE = { width: 360, height: 740 };

/** Who waits besides, in the picture of waiting: nobody near enough yet, and Ann the nearest of all. */
const FAR = [1090, 1320, 1790];

await mkdir(folder, { recursive: true });
const browser = await launchChromium();
try {
  await withServer({ BOTS: "24", FILL_MS: "4000" }, async (server) => {
    await choosing(browser, server);
    await playing(browser, server, { viewport: PHONE, mode: "Duo", name: "duel-duo-phone" });
    await playing(browser, server, { viewport: DESKTOP, mode: "Tournament", name: "duel-bracket" });
    await playing(browser, server, { viewport: PHONE, mode: "Tournament", name: "duel-bracket-phone" });
  });
  await withServer({ BOTS: "0" }, (server) => waiting(browser, server));
} finally {
  await browser.close();
}

async function withServer(
  env: Record<string, string>,
  use: (server: DuelServer) => Promise<void>,
): Promise<void> {
  const config = configFrom({ PORT: "0", BOT_SEED: "1", BOT_REST_MS: "1500", JOINS_PER_MINUTE: "0", ...env });
  const server = await startServer(config);
  const bots = await startBots(server, config);
  await use(server);
  bots.close();
  await server.close();
}

async function enter(at: Browser, { url }: DuelServer, viewport: typeof PHONE): Promise<Page> {
  const context = await at.newContext({ viewport, colorScheme: "light", reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(url);
  await page.getByLabel("Your name").fill("Ann");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Ann, rating 1500").waitFor();
  return page;
}

async function choosing(at: Browser, server: DuelServer): Promise<void> {
  const page = await enter(at, server, DESKTOP);
  // Estimates are asked for with a look at a region.
  const region = page.getByLabel("Region");
  for (let known = 0; known < 4;) {
    await region.selectOption("Asia");
    await region.selectOption("Europe");
    await page.waitForResponse(() => true, { timeout: 2_000 }).catch(() => {});
    known = await page.getByText("Expected wait: about").count();
  }
  await page.waitForFunction(() => document.querySelectorAll("#queues .dot").length >= 3);
  await shoot(page, "duel-choose");
}

interface Play {
  readonly viewport: typeof PHONE;
  readonly mode: string;
  readonly name: string;
}

async function playing(at: Browser, server: DuelServer, { viewport, mode, name }: Play): Promise<void> {
  const page = await enter(at, server, viewport);
  await page.getByRole("radio", { name: mode }).check();
  await page.getByRole("button", { name: "Find a match" }).click();
  await page.getByRole("button", { name: "Accept" }).click();
  await page.getByRole("heading", { name: "Your match", exact: true }).waitFor();
  await shoot(page, name);
}

async function waiting(at: Browser, server: DuelServer): Promise<void> {
  const sockets = await Promise.all(
    FAR.map(async (rating) => {
      const { token } = await server.signIn(`Player ${rating}`, rating);
      return io(server.url, { auth: { token }, transports: ["websocket"], forceNew: true });
    }),
  );
  const page = await enter(at, server, PHONE);
  await page.getByRole("radio", { name: "Blitz" }).check();
  await page.getByRole("button", { name: "Find a match" }).click();
  await page.getByText("Nobody else is here yet.").waitFor();
  for (const socket of sockets) await socket.emitWithAck("join", { queue: "blitz", region: "eu" });
  await page.getByText("The nearest player is").waitFor();
  await page.getByText("If nobody comes").waitFor();
  await shoot(page, "duel-waiting-phone");
  for (const socket of sockets) socket.disconnect();
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.evaluate(() => {
    scrollTo(0, 0);
    (document.activeElement as HTMLElement | null)?.blur();
  });
  await page.screenshot({ path: resolve(folder, `${name}.png`) });
  await page.context().close();
}
