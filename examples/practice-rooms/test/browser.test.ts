import { startRedis } from "@evenmatch/services";
import {
  openWindow,
  overflow,
  PHONE,
  poorContrasts,
  sees,
  tabTo,
  takeComplaints,
  TEST_MS,
  useBrowser,
} from "@evenmatch/services/vitest/browser";
import type { BrowserContextOptions, Page } from "playwright-core";
import { expect, it, onTestFinished } from "vitest";
import { environment, queueSizeBecomes, serve, signIn } from "./table.js";

useBrowser();

async function enter(
  server: { readonly url: string },
  name: string,
  options?: BrowserContextOptions,
): Promise<Page> {
  const page = await openWindow(server.url, options);
  await page.getByLabel("Your name").fill(name);
  await page.getByRole("button", { name: "Sign in" }).click();
  await sees(page, "Find a partner");
  return page;
}

const find = (page: Page): Promise<void> => page.getByRole("button", { name: "Find a partner" }).click();

it(
  "brings two windows at two servers together in one room, with one question",
  async () => {
    const env = environment({ GRACE_MS: "60000" });
    const [ann, bob] = [await enter(await serve(env), "Ann"), await enter(await serve(env), "Bob")];
    for (const topic of ["Arrays", "Strings", "Graphs", "System design", "Behavioural"])
      await ann.getByRole("checkbox", { name: topic }).uncheck();
    await ann.getByLabel("Difficulty").selectOption("Hard");
    await find(ann);
    await sees(ann, "Waiting for a partner");
    await sees(ann, "Trees · Hard · 45 minutes");
    await sees(ann, "You are the only one who waits.");
    await ann.reload();
    await sees(ann, "Trees · Hard · 45 minutes");
    await bob.getByLabel("Difficulty").selectOption("Hard");
    await find(bob);
    await sees(ann, "You practise with Bob.");
    await sees(bob, "You practise with Ann.");
    const question = await ann.locator("#question").textContent();
    expect(question).toMatch(/tree/);
    expect(await bob.locator("#question").textContent()).toBe(question);
    await bob.reload();
    await sees(bob, "You practise with Ann.");
    await bob.getByRole("button", { name: "End this room" }).click();
    await sees(bob, "Find a partner");
    await ann.reload();
    await sees(ann, "Find a partner");
  },
  TEST_MS,
);

it(
  "lets one leave, says what was wrong, and lets one go",
  async () => {
    const server = await serve({ JOINS_PER_MINUTE: "1", GRACE_MS: "0" });
    const page = await enter(server, "Ann");
    await find(page);
    await page.getByRole("button", { name: "Leave the queue" }).click();
    await sees(page, "Find a partner");
    await find(page);
    await sees(page, /Too many joins; try again in \d+ s\./);
    await page.getByRole("button", { name: "Sign out" }).click();
    await sees(page, "Practise interviews with somebody");
    await queueSizeBecomes(server, 0);
  },
  TEST_MS,
);

it(
  "says that the queue is lost while it is, and goes on",
  async () => {
    const redis = await startRedis();
    onTestFinished(() => redis.stop());
    const server = await serve({ ...environment(), REDIS_URL: redis.url });
    const page = await enter(server, "Ann");
    await find(page);
    await sees(page, "You are the only one who waits.");
    await redis.kill();
    await sees(page, "The queue cannot be reached just now.");
    await redis.start();
    await page.getByText("The queue cannot be reached just now.").waitFor({ state: "hidden" });
    await (await signIn(server, "Bob")).join();
    await sees(page, "You practise with Bob.");
    // While Redis was away the page was refused what it asked for now and then.
    expect(takeComplaints().filter((text) => !text.includes("503"))).toEqual([]);
  },
  TEST_MS,
);

it(
  "can be used by keyboard alone, on the screen of a small phone, in light and dark",
  async () => {
    const server = await serve();
    const page = await openWindow(server.url, { viewport: PHONE, hasTouch: true, isMobile: true });
    const readable = async (): Promise<void> => {
      expect(await overflow(page)).toBe(0);
      for (const colorScheme of ["dark", "light"] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await poorContrasts(page)).toEqual([]);
      }
    };
    await readable();
    await tabTo(page, "Your name");
    await page.keyboard.type("Ann");
    await page.keyboard.press("Enter");
    await sees(page, "Find a partner");
    await readable();
    await tabTo(page, "Trees");
    await page.keyboard.press("Space");
    await tabTo(page, "Find a partner");
    await page.keyboard.press("Enter");
    await sees(page, "Waiting for a partner");
    expect(await page.locator(":focus").textContent()).toBe("Waiting for a partner");
    await readable();
    const bob = await signIn(server, "Bob");
    await bob.join({ topics: ["graphs"] });
    await sees(page, "You practise with Bob.");
    expect(await page.locator(":focus").textContent()).toBe("Your room");
    await readable();
    await tabTo(page, "End this room");
    await page.keyboard.press("Enter");
    await sees(page, "Find a partner");
  },
  TEST_MS,
);

it("serves nothing that its own policy would refuse, labels every field, and has all that its script looks for", async () => {
  const { url } = await serve();
  const response = await fetch(url);
  const html = await response.text();
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(html).not.toMatch(/<script>|<style>| style=| on\w+=/);
  for (const [, path] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
    const file = await fetch(new URL(path!, url));
    expect([path, file.status, file.headers.get("x-content-type-options")]).toEqual([path, 200, "nosniff"]);
    await file.arrayBuffer();
  }
  for (const [, id] of html.matchAll(/<(?:input|select)\s+id="([^"]+)"/g))
    expect(html).toContain(`<label for="${id}"`);
  const script = await (await fetch(`${url}/app.js`)).text();
  const ids = [...script.matchAll(/(?:element|say|fill\w+|onSubmit)\("([\w-]+)"/g)].map(([, id]) => id!);
  expect(ids.length).toBeGreaterThan(10);
  for (const id of ids) expect(html).toContain(`id="${id}"`);
});
