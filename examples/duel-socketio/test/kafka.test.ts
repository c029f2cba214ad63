import { expect, it, onTestFinished, vi } from "vitest";
import { configFrom } from "../src/config.js";
import { openStores } from "../src/shared/open.js";
import type { SharedStores } from "../src/shared/stores.js";
import { now } from "../src/time.js";
import { kafka } from "./grounds.js";
import { again, open, serveWith, sit } from "./table.js";

const CLASSIC = { queue: "classic", region: "eu" } as const;
const SOLO = { queue: "solo", region: "na" } as const;

vi.setConfig({ testTimeout: 120_000 });

it("plays at processes that keep tickets on Kafka and all else in Postgres", async () => {
  const { env: place } = await kafka.fresh();
  const env = { ...place, GRACE_MS: "60000", JOINS_PER_MINUTE: "0" };
  const storesOf = async (name: string): Promise<SharedStores> =>
    (await openStores(configFrom({ ...env, PROCESS_NAME: name })))!;
  const serving = ["one", "other"].map(async (name) => serveWith(env, await storesOf(name)));
  const [one, other] = (await Promise.all(serving)) as [
    Awaited<(typeof serving)[0]>,
    Awaited<(typeof serving)[0]>,
  ];
  const [ann, bob, eve] = [
    await sit(one, "Ann", 1500),
    await sit(other, "Bob", 1510),
    await sit(other, "Eve"),
  ];

  // The board has those who wait, at whichever process, and lets them go when they play.
  const joined = await ann.call("join", CLASSIC);
  const waits = { classic: { waiting: 1, ratings: [1500] }, blitz: { waiting: 0 } };
  expect(await eve.call("board", { region: "eu" })).toMatchObject({ ok: true, board: { pools: waits } });
  await ann.cut();
  const back = await again(other, ann);
  const ticket = joined.ok && { ticketId: joined.ticket.ticketId };
  expect(await back.call("status", {})).toMatchObject({ status: { ticket } });
  await bob.call("join", CLASSIC);
  const match = await bob.hears("match_found");
  expect(await back.hears("match_found")).toEqual(match);
  for (;;) if ((await eve.hears("board")).pools.classic.waiting === 0) break;
  for (const each of [back, bob])
    await expect.poll(() => each.call("history", {})).toEqual({ ok: true, matches: [match] });

  // A ready check is asked, answered and declined at different processes.
  const tab = await again(one, ann);
  await tab.call("join", SOLO);
  await bob.call("join", SOLO);
  const { matchId } = (await tab.hears("ready_check")).match;
  await bob.hears("ready_check");
  await tab.call("accept", { matchId });
  expect(await bob.hears("answered")).toEqual({ matchId, playerId: ann.player.id, accepted: true });
  await bob.call("decline", { matchId });
  expect(await bob.hears("ended")).toMatchObject({ state: "left", reason: "declined" });
  expect(await tab.hears("released")).toMatchObject({ matchId, reason: "declined" });
  expect(await tab.code("leave", {})).toBe("ok");

  // A join whose process died before it was answered is finished once, where its player comes next.
  const stores = await storesOf("dead");
  onTestFinished(() => stores.close());
  const { token, player } = await one.signIn("Cid");
  const row = { ...SOLO, requestId: "promised", ticketId: null, players: [player], openedAt: now() };
  expect(await stores.seats.take(row, [])).toBe(true);
  const [cid, window] = await Promise.all([open(one, token, player), open(other, token, player)]);
  expect((await cid.hears("joined")).ticketId).toBe((await window.hears("joined")).ticketId);
  expect(await window.call("leave", {})).toMatchObject({ ok: true, outcome: "left" });
  expect(await cid.hears("ended")).toMatchObject({ state: "left" });
  for (const each of [ann, back, bob, tab]) expect(each.told("match_found")).toEqual([]);
});
