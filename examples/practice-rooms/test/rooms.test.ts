import type { Match } from "@evenmatch/core";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { practiserOf } from "../src/queue.js";
import { preferences } from "../src/preferences.js";
import { Rooms } from "../src/rooms.js";
import { now } from "../src/time.js";
import { environment } from "./table.js";

const DAY = 86_400_000;

function rooms() {
  const { REDIS_URL: url, KEY_PREFIX: prefix } = environment();
  const redis = new Redis(url);
  onTestFinished(() => redis.disconnect());
  const keys = async (): Promise<string[]> => (await redis.keys(`{${prefix}}:*`)).sort();
  return {
    redis,
    keys,
    prefix,
    rooms: new Rooms(redis, prefix, { partnerRestMs: DAY, roomKeepMs: 30 * DAY }),
  };
}

function matchOf(id: string, createdAt: number, ...people: readonly [one: string, other: string]): Match {
  const ticketOf = (personId: string, place: number) => {
    const person = { id: personId, name: personId.toUpperCase(), plan: "free" } as const;
    const player = practiserOf(person, preferences.parse({}), {}, { payingFirst: false });
    return {
      id: `t-${id}-${place}`,
      queue: "practice",
      region: "global",
      players: [player],
      joinedAt: createdAt + place,
    };
  };
  return {
    id,
    queue: "practice",
    region: "global",
    teams: people.map((personId, place) => [ticketOf(personId, place)]),
    quality: 1,
    createdAt,
  };
}

it("makes the room of a match once, however often it is asked to, and keeps it for its members", async () => {
  const { rooms: all, redis, prefix } = rooms();
  const at = now();
  const match = matchOf("m1", at, "ann", "bob");
  const made = await all.make(match);
  expect(await all.make(match)).toEqual(made);
  const room = await all.read("m1", "ann");
  expect(room).toMatchObject({
    match_id: "m1",
    player1: "ann",
    player2: "bob",
    player2_name: "BOB",
    status: "active",
  });
  expect(Date.parse(room.created_at)).toBe(at);
  expect(made.question_id).toBe(room.question_id);
  await all.end("m1", "bob");
  // A late try to make it does not open it again.
  await all.make(match);
  expect(await all.read("m1", "ann")).toMatchObject({ status: "ended" });
  expect(await all.countOpen()).toBe(0);
  for (const who of ["eve", "", "player1"]) await expect(all.read("m1", who)).rejects.toThrow("no such room");
  const left = await redis.pttl(`{${prefix}}:room:m1`);
  expect(left).toBeGreaterThan(29 * DAY);
});

it("takes a room back whose match fell through, and nothing else", async () => {
  const { rooms: all, keys } = rooms();
  const at = now();
  await all.unmake("m0");
  expect(await keys()).toEqual([]);
  await all.make(matchOf("m1", at, "ann", "bob"));
  expect(await all.partnersOf("ann")).toEqual({ bob: at });
  await all.unmake("m1");
  expect(await keys()).toEqual([]);
  await all.make(matchOf("m2", at - 5, "ann", "cid"));
  await all.make(matchOf("m3", at, "ann", "bob"));
  await all.unmake("m2");
  expect(await all.partnersOf("ann")).toEqual({ bob: at });
  expect((await all.lastOf("ann"))?.match_id).toBe("m3");
  expect((await all.untold("ann"))?.match_id).toBe("m3");
  expect(await all.partnersOf("cid")).toEqual({});
});

it("tells of a room until it was heard, and not of one that was heard", async () => {
  const { rooms: all } = rooms();
  const at = now();
  await all.make(matchOf("m1", at, "ann", "bob"));
  await all.told("bob", "m1");
  expect([(await all.untold("ann"))?.match_id, await all.untold("bob")]).toEqual(["m1", undefined]);
  await all.make(matchOf("m2", at, "ann", "cid"));
  await all.told("ann", "m1");
  expect((await all.untold("ann"))?.match_id).toBe("m2");
});

it("closes rooms whose time is over, and forgets partners after theirs", async () => {
  const { rooms: all } = rooms();
  const before = now() - 2 * DAY;
  await all.make(matchOf("m1", before, "ann", "bob"));
  expect(await all.countOpen()).toBe(0);
  expect(await all.read("m1", "ann")).toMatchObject({ status: "ended" });
  await all.make(matchOf("m2", now(), "ann", "cid"));
  expect(Object.keys(await all.partnersOf("ann"))).toEqual(["cid"]);
  expect(await all.countOpen()).toBe(1);
});
