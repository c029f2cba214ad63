import { sees, TEST_MS, useBrowser } from "@evenmatch/services/vitest/browser";
import { expect, it } from "vitest";
import type { DuelServer } from "../src/server.js";
import { letBotsPlay } from "./table.js";
import { accept, enter, join, serveWindows, shownMatch, signIn, visit } from "./window.js";

useBrowser();

/** Seven bots that play alone and two friends: with a newcomer a bracket of eight. */
const BOTS = 9;

async function withBots(): Promise<DuelServer> {
  const server = await serveWindows({ BOTS: String(BOTS) });
  await letBotsPlay(server, BOTS);
  return server;
}

it(
  "two windows meet in classic, and each sees the other",
  async () => {
    const server = await serveWindows();
    const [ann, bob] = [await enter(server, "Ann"), await enter(server, "Bob")];
    await join(ann, "Classic");
    await sees(ann, "Waiting for a match");
    await sees(ann, "Nobody else is here yet.");
    await sees(ann, "You are the only one who waits here");
    await sees(bob, "1 waits here");
    await join(bob, "Classic");
    for (const page of [ann, bob]) {
      const match = await shownMatch(page);
      await sees(match, "Quality 100 %: very even");
      await sees(match, "Ann (1500)");
      await sees(match, "Bob (1500)");
    }
    await sees(ann, "Classic, Europe: against Bob (1500)");
    await sees(ann, /Expected wait: about \d+ s/);
  },
  TEST_MS,
);

it.each(["Classic", "Blitz"])(
  "a newcomer meets a bot in %s",
  async (mode) => {
    const server = await withBots();
    const page = await visit(server);
    await sees(page, "9 bots are playing here");
    await signIn(page, "Ann");
    await join(page, mode);
    const match = await shownMatch(page);
    await sees(match, "Ann (1500)");
    await sees(match, "bot");
    await sees(page, `${mode}, Europe: against`);
  },
  TEST_MS,
);

it(
  "a newcomer meets a bot in Solo, once both have accepted",
  async () => {
    const page = await enter(await withBots(), "Ann");
    await join(page, "Solo");
    await sees(page, "Match found: are you ready?");
    await sees(page, "Solo, Europe: against");
    await accept(page);
    const match = await shownMatch(page);
    await sees(match, "Your side");
    await sees(match, "Other side");
  },
  TEST_MS,
);

it(
  "two friends find each other by a code, and play duo on one side",
  async () => {
    const server = await withBots();
    const ann = await enter(server, "Ann");
    await ann.getByRole("button", { name: "Create a party" }).click();
    await sees(ann, "Waiting for your friend to come in.");
    const address = await ann.locator("#party-link").getAttribute("href");
    const bob = await visit(server, {}, new URL(address!).hash);
    await signIn(bob, "Bob");
    await bob.getByRole("button", { name: "Join the party" }).click();
    await sees(bob, "Your leader joins for both of you.");
    await sees(ann, "Choose Duo and go");
    expect(await ann.getByRole("radio", { name: "Classic" }).isDisabled()).toBe(true);
    await ann.getByRole("button", { name: "Find a match" }).click();
    await sees(bob, "Duo, Europe: with Ann against");
    for (const page of [ann, bob]) await accept(page);
    for (const page of [ann, bob]) {
      const side = (await shownMatch(page)).locator(".team", { hasText: "Your side" });
      await sees(side, "Ann (1500)");
      await sees(side, "Bob (1500)");
    }
    await sees(bob, /Duo, Europe: with Ann against .+ and .+/);
  },
  TEST_MS,
);

it(
  "a tournament of eight is drawn as a bracket, seeded by rating",
  async () => {
    const server = await serveWindows();
    const page = await enter(server, "Ann");
    await join(page, "Tournament");
    await sees(page, "1 of 8 players are here for a bracket.");
    await letBotsPlay(server, BOTS);
    await accept(page);
    await shownMatch(page);
    await sees(page, /8 players, seeded by rating\. You are seed \d, and meet .+ \(\d+\) first\./);
    const bracket = page.getByRole("img", { name: "Quarterfinals" });
    const slots = await bracket.locator(".slot:not(.open) text:first-of-type").allTextContents();
    const seeds = slots.map((text) => Number(/^\d+/.exec(text)?.[0]));
    expect(seeds).toEqual([1, 8, 4, 5, 3, 6, 2, 7]);
    const ratings = new Map(slots.map((text) => [parseInt(text), Number(/\((\d+)\)/.exec(text)?.[1])]));
    const bySeed = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => ratings.get(seed)!);
    expect(bySeed).toEqual([...bySeed].sort((one, other) => other - one));
    expect(await bracket.locator(".slot.mine").textContent()).toContain("you (1500)");
    expect(await bracket.locator(".slot.open").count()).toBe(6);
    for (const round of ["Quarterfinals", "Semifinals", "Final"]) {
      await bracket.locator(".round", { hasText: new RegExp(`^${round}$`) }).waitFor();
    }
    await sees(page, "Tournament, Europe: 8 players");
  },
  TEST_MS,
);
