import { freshPrefix } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { expect, it, onTestFinished } from "vitest";
import { configFrom } from "../src/config.js";
import { newPlayer } from "../src/players.js";
import { connected } from "../src/redis/connect.js";
import { openStores } from "../src/shared/open.js";
import { again, serveWith, sit } from "./table.js";

/** What the game's own keys are about, by whether they end by themselves. */
const ENDS = /:(seat|match|matches-of|limit):/;

it("leaves nothing on Redis that does not end by itself, once its players are gone", async () => {
  const { url } = sharedRedis();
  const { prefix, keys, drop } = freshPrefix({ url });
  onTestFinished(drop);
  const client = await connected(url, "test");
  onTestFinished(() => client.disconnect());
  const env = { REDIS_URL: url, REDIS_PREFIX: prefix, GRACE_MS: "100" };
  const stores = (await openStores(configFrom(env)))!;
  const server = await serveWith(env, stores);
  const own = async (): Promise<string[]> =>
    (await keys()).filter((key) => key.startsWith(`${prefix}:`)).map((key) => key.slice(prefix.length));

  const [ann, bob] = [await sit(server, "Ann"), await sit(server, "Bob")];
  const tab = await again(server, ann);
  const made = await ann.call("createParty", {});
  await bob.call("joinParty", { code: made.ok ? made.party.code : "" });
  for (const each of [ann, bob]) await each.call("join", { queue: "classic", region: "eu" });
  await Promise.all([ann, bob, tab].map((each) => each.hears("match_found")));
  // The process of somebody who joins may die before it has the ticket.
  const seat = { queue: "classic", region: "eu", players: [newPlayer("Cid")], openedAt: 0 } as const;
  await stores.seats.take({ ...seat, requestId: "cut short", ticketId: null }, []);
  const during = await own();
  for (const kind of ["seat", "match", "matches-of", "limit", "at", "of", "party", "party-of"])
    expect(
      during.some((key) => key.startsWith(`:${kind}:`)),
      kind,
    ).toBe(true);

  for (const each of [ann, bob, tab]) await each.cut();
  await expect
    .poll(async () => (await own()).filter((key) => !ENDS.test(key)), { timeout: 10_000 })
    .toEqual([":processes"]);
  for (const key of await own())
    if (ENDS.test(key)) expect(await client.pttl(prefix + key), key).toBeGreaterThan(0);
});
