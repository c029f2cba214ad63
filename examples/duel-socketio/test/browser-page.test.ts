import {
  overflow,
  PHONE,
  poorContrasts,
  sees,
  tabTo,
  takeComplaints,
  TEST_MS,
  useBrowser,
} from "@evenmatch/services/vitest/browser";
import { expect, it } from "vitest";
import { letBotsPlay, sit } from "./table.js";
import { accept, enter, enterRated, join, serveWindows, shownMatch, signIn, visit } from "./window.js";

useBrowser();

it(
  "says why one waits and until when, and says it anew when somebody comes",
  async () => {
    const server = await serveWindows();
    const [far, nearer] = [await sit(server, "Far", 2000), await sit(server, "Near", 1620)];
    const ann = await enterRated(server, "Ann", 1500);
    // Further than Blitz widens: until it takes anybody, after half a minute, nobody plays.
    await far.call("join", { queue: "blitz", region: "eu" });
    await join(ann, "Blitz");
    await sees(
      ann,
      /The nearest player is 500 points away\. Your range is \d+ points now, and widens while you wait\./,
    );
    await sees(ann, /If nobody comes, you play (in \d+ s|any moment)\./);
    await ann.getByRole("button", { name: "Leave" }).click();
    await far.call("leave", {});
    // What Classic allows stays as it is, however long all of this takes.
    await far.call("join", { queue: "classic", region: "eu" });
    await join(ann, "Classic");
    await sees(ann, "The nearest player is 500 points away, and 100 points are allowed");
    await sees(ann, "2 wait here, you included");
    await nearer.call("join", { queue: "classic", region: "eu" });
    await sees(ann, "The nearest player is 120 points away, and 100 points are allowed");
    await nearer.call("leave", {});
    await far.call("leave", {});
    await sees(ann, "Nobody else is here yet.");
  },
  TEST_MS,
);

it(
  "says how far a bracket is, and when it starts",
  async () => {
    const server = await serveWindows({ FILL_MS: "600000" });
    const ann = await enter(server, "Ann");
    await join(ann, "Tournament");
    for (let others = 1; others <= 7; others++) {
      await sees(ann, `${others} of 8 players are here for a bracket.`);
      const other = await sit(server, `Other ${others}`);
      await other.call("join", { queue: "tournament", region: "eu" });
    }
    await sees(ann, "A bracket of 8 is full, and collects more until it starts.");
    await sees(ann, /It starts in \d+ min( \d+ s)? with the largest size that is full\./);
  },
  TEST_MS,
);

it(
  "finds everything as it was after a reload: in the queue, in a ready check, and after the match",
  async () => {
    const server = await serveWindows();
    const ann = await enter(server, "Ann");
    const bob = await sit(server, "Bob");
    await ann.getByLabel("Region").selectOption("Asia");
    await join(ann, "Solo");
    await sees(ann, "Nobody else is here yet.");
    await ann.reload();
    await sees(ann, "Waiting for a match");
    await sees(ann, "Solo, Asia");
    await sees(ann, "Nobody else is here yet.");
    await bob.call("join", { queue: "solo", region: "asia" });
    const { match } = await bob.hears("ready_check");
    await sees(ann, "0 of 2 accepted");
    await bob.call("accept", { matchId: match.matchId });
    await ann.reload();
    await sees(ann, "1 of 2 accepted");
    await accept(ann);
    await sees(await shownMatch(ann), "Bob (1500)");
    await ann.reload();
    await sees(await shownMatch(ann), "Bob (1500)");
    await sees(ann, "Solo, Asia: against Bob (1500)");
  },
  TEST_MS,
);

it(
  "says so when the connection is lost, and finds the match that was made meanwhile",
  async () => {
    const server = await serveWindows();
    const ann = await enter(server, "Ann");
    await join(ann, "Classic");
    await sees(ann, "Nobody else is here yet.");
    await ann.context().setOffline(true);
    await sees(ann.getByRole("status"), "The connection is lost. Your place is kept for a few seconds");
    const bob = await sit(server, "Bob");
    await bob.call("join", { queue: "classic", region: "eu" });
    await bob.hears("match_found");
    await ann.context().setOffline(false);
    await sees(await shownMatch(ann), "Bob (1500)");
    await ann.getByRole("status").waitFor({ state: "hidden" });
    // The browser complains of each attempt to connect.
    await ann.close();
    takeComplaints();
  },
  TEST_MS,
);

it(
  "keeps the place of who accepted when the other declines",
  async () => {
    const server = await serveWindows();
    const [ann, bob] = [await enter(server, "Ann"), await enter(server, "Bob")];
    for (const page of [ann, bob]) await join(page, "Solo");
    await accept(ann);
    await bob.getByRole("button", { name: "Decline" }).click();
    await sees(ann, "Somebody declined: you keep your place.");
    await sees(ann, "Waiting for a match");
    await sees(bob, "You or your party declined, and are out of the queue.");
    await ann.getByRole("button", { name: "Leave" }).click();
    await sees(ann, "Find a match");
  },
  TEST_MS,
);

it(
  "says what is wrong in plain words",
  async () => {
    const server = await serveWindows({ JOINS_PER_MINUTE: "1" });
    const page = await visit(server);
    await page.getByLabel("Your name").fill("<b>");
    await page.getByRole("button", { name: "Sign in" }).click();
    await sees(page.getByRole("alert"), "a name has 1 to 24 letters, digits");
    takeComplaints();
    await signIn(page, "Ann");
    await page.getByLabel("Or enter a friend’s code").fill("AAAAAA");
    await page.getByRole("button", { name: "Join the party" }).click();
    await sees(page.getByRole("alert"), "No party has this code; ask its leader again.");
    await join(page, "Classic");
    await page.getByRole("button", { name: "Leave" }).click();
    await join(page, "Classic");
    await sees(page.getByRole("alert"), "Too many joins; try again in");
    let failures = 0;
    page.on("requestfailed", () => failures++);
    await server.close();
    // What comes of an attempt to connect is said by the time of the next one.
    await expect.poll(() => failures).toBeGreaterThan(1);
    await sees(page, "The connection is lost.");
    // Who is gone complains of no further attempt.
    await page.close();
    takeComplaints();
  },
  TEST_MS,
);

it(
  "can be played on a phone without scrolling sideways",
  async () => {
    const server = await serveWindows();
    const page = await visit(server, { viewport: PHONE, hasTouch: true, isMobile: true });
    expect(await overflow(page)).toBe(0);
    await signIn(page, "Wolfeschlegelsteinhausen");
    await page.getByRole("button", { name: "Create a party" }).tap();
    await sees(page, "Code for your friend");
    expect(await overflow(page)).toBe(0);
    await page.getByRole("button", { name: "Leave the party" }).tap();
    await join(page, "Tournament");
    await sees(page, "1 of 8 players are here for a bracket.");
    expect(await overflow(page)).toBe(0);
    await letBotsPlay(server, 9);
    await sees(page, "Match found: are you ready?");
    expect(await overflow(page)).toBe(0);
    await accept(page);
    await shownMatch(page);
    const bracket = page.getByRole("region", { name: "The bracket" });
    // The bracket is wider than the phone, and scrolls by itself.
    const [wide, seen] = await bracket.evaluate((box) => [box.scrollWidth, box.clientWidth]);
    expect(wide).toBeGreaterThan(seen);
    expect(await overflow(page)).toBe(0);
  },
  TEST_MS,
);

it(
  "can be played by keyboard alone, and shows where the focus is",
  async () => {
    const server = await serveWindows();
    const page = await visit(server);
    const bob = await sit(server, "Bob");
    await tabTo(page, "Your name");
    await page.keyboard.type("Ann");
    await page.keyboard.press("Enter");
    await sees(page, "Ann, rating 1500");
    await tabTo(page, "Classic");
    await page.keyboard.press("ArrowDown");
    expect(await page.getByRole("radio", { name: "Solo" }).isChecked()).toBe(true);
    await tabTo(page, "Find a match");
    await page.keyboard.press("Enter");
    await sees(page, "Waiting for a match");
    expect(await page.locator(":focus").textContent()).toBe("Waiting for a match");
    await bob.call("join", { queue: "solo", region: "eu" });
    const { match } = await bob.hears("ready_check");
    await sees(page, "Match found: are you ready?");
    expect(await page.locator(":focus").textContent()).toBe("Match found: are you ready?");
    await bob.call("accept", { matchId: match.matchId });
    await tabTo(page, "Accept");
    await page.keyboard.press("Enter");
    await shownMatch(page);
    expect(await page.locator(":focus").textContent()).toBe("Your match");
  },
  TEST_MS,
);

it.each(["light", "dark"] as const)(
  "is readable in %s",
  async (colorScheme) => {
    const server = await serveWindows();
    const page = await enter(server, "Ann", { colorScheme, reducedMotion: "reduce" });
    expect(await poorContrasts(page)).toEqual([]);
    await join(page, "Blitz");
    await sees(page, "Nobody else is here yet.");
    expect(await poorContrasts(page)).toEqual([]);
    const moves = await page.evaluate(() => document.getAnimations().length);
    expect(moves).toBe(0);
  },
  TEST_MS,
);
