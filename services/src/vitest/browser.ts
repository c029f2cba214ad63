import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, onTestFinished } from "vitest";
import { BROWSER_MS, launchChromium } from "../browser/chromium.js";

/** Windows of a real browser, for tests of pages. */

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

/** A new window at this address, with nothing of other windows in it. */
export async function openWindow(url: string, options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser!.newContext(options);
  onTestFinished(async () => {
    await context.close();
    // What it said since they were looked at, of a server that has closed, is no complaint of the next test.
    complaints.length = 0;
  });
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  // What the page's policy refuses is told on the console, as errors are.
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return page;
}

/** The complaints so far, which a test expected. */
export function takeComplaints(): string[] {
  return complaints.splice(0);
}

/** Waits until the text is there to be seen. */
export async function sees(page: Page | Locator, text: string | RegExp): Promise<void> {
  await page.getByText(text).filter({ visible: true }).first().waitFor();
}

/** How far the page can be scrolled sideways. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/** Presses Tab until the focus is where it should be, which it must show. */
export async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 30; presses++) {
    await page.keyboard.press("Tab");
    const focused = await page.evaluate(() => {
      const { activeElement: at } = document;
      const labels = at instanceof HTMLInputElement || at instanceof HTMLSelectElement ? at.labels : null;
      const shower = at instanceof HTMLInputElement && at.type === "radio" ? at.closest("label") : at;
      return {
        text: [at?.textContent, ...Array.from(labels ?? [], (label) => label.textContent)].join(" "),
        isShown: shower ? getComputedStyle(shower).outlineStyle !== "none" : false,
      };
    });
    if (!focused.text.includes(name)) continue;
    expect([name, focused.isShown]).toEqual([name, true]);
    return;
  }
  throw new Error(`the keyboard does not reach ${name}`);
}

/** Texts that stand out from what is behind them by less than 4.5 to 1, as WCAG 2 counts it. */
export function poorContrasts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const groundOf = (at: Element): string => {
      const color = getComputedStyle(at).backgroundColor;
      const isClear = channels(color)[3] === 0;
      return isClear && at.parentElement ? groundOf(at.parentElement) : color;
    };
    const hasText = (at: Element): boolean =>
      [...at.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim() !== "");
    const texts = [...document.body.querySelectorAll("*")].filter(
      (at) => hasText(at) && at.checkVisibility(),
    );
    return texts.flatMap((at) => {
      const { color, fill } = getComputedStyle(at);
      const [one, other] = [at instanceof SVGElement ? fill : color, groundOf(at)].map(luminance);
      const ratio = (Math.max(one!, other!) + 0.05) / (Math.min(one!, other!) + 0.05);
      return ratio < 4.5 && at.tagName !== "title" ? [`${at.textContent} ${ratio.toFixed(1)}`] : [];
    });
  });
}
