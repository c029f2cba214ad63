import type { Match, Ticket } from "@evenmatch/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { configFrom } from "../src/config.js";
import { newPlayer } from "../src/players.js";
import type { PlayerView } from "../src/protocol.js";
import { openStores } from "../src/shared/open.js";
import { SharedPresence } from "../src/shared/presence.js";
import type { SeatRow } from "../src/shared/seat-rows.js";
import type { SharedStores } from "../src/shared/stores.js";
import { grounds, type FreshGround } from "./grounds.js";

const [ann, bob, cid, dee] = ["Ann", "Bob", "Cid", "Dee"].map((name) => newPlayer(name)) as [
  PlayerView,
  PlayerView,
  PlayerView,
  PlayerView,
];

function seatOf(requestId: string, ...players: PlayerView[]): SeatRow {
  return { requestId, ticketId: null, queue: "duo", region: "eu", players, openedAt: 1_234 };
}

function matchOf(index: number, createdAt: number, ...players: PlayerView[]): Match {
  const teams = players.map(({ id, rating }, side): Ticket[] => [
    {
      id: `classic.eu.t${index}${side}`,
      queue: "classic",
      region: "eu",
      players: [{ id, rating }],
      joinedAt: 0,
    },
  ]);
  return { id: `classic.eu.m${index}`, queue: "classic", region: "eu", teams, quality: 1, createdAt };
}

describe.each(grounds)("on $name", (ground) => {
  async function opened(): Promise<{ fresh: FreshGround; stores: SharedStores; others: SharedStores }> {
    const fresh = await ground.fresh();
    const open = async (): Promise<SharedStores> => {
      const stores = (await openStores(configFrom(fresh.env)))!;
      onTestFinished(() => stores.close());
      return stores;
    };
    return { fresh, stores: await open(), others: await open() };
  }

  describe("a seat", () => {
    it("is taken for all or for none, in place of those that are named", async () => {
      const { seats } = (await opened()).stores;
      const first = seatOf("first", ann, bob);
      expect(await seats.take(first, [])).toBe(true);
      expect(await seats.take(seatOf("second", bob, cid), [])).toBe(false);
      expect([...(await seats.of([ann.id, bob.id, cid.id])).keys()].sort()).toEqual([ann.id, bob.id].sort());
      expect(await seats.take(seatOf("second", bob, cid), ["other", "first"])).toBe(true);
      const rows = await seats.of([ann.id, bob.id, cid.id, dee.id]);
      expect(rows.get(ann.id)).toEqual(first);
      expect(rows.get(cid.id)).toEqual(seatOf("second", bob, cid));
      expect(rows.size).toBe(3);
    });

    it("is taken by one, however many try at once", async () => {
      const { stores, others } = await opened();
      const tries = Array.from({ length: 20 }, (_, index) => {
        const players = index % 2 === 0 ? [ann, bob] : [bob, ann];
        return (index % 3 === 0 ? stores : others).seats.take(seatOf(`r${index}`, ...players), []);
      });
      expect((await Promise.all(tries)).filter(Boolean)).toHaveLength(1);
      const rows = [...(await stores.seats.of([ann.id, bob.id])).values()];
      expect(rows).toHaveLength(2);
      expect(rows[0]).toEqual(rows[1]);
    });

    it("gets its ticket once, and no other one's", async () => {
      const { seats } = (await opened()).stores;
      const [old, seat] = [seatOf("old", ann, bob), seatOf("seat", bob)];
      await seats.take(old, []);
      await seats.take(seat, ["old"]);
      await seats.ticketed(old, "t1");
      await seats.ticketed(old, "t2");
      const rows = await seats.of([ann.id, bob.id]);
      expect(rows.get(ann.id)).toEqual({ ...old, ticketId: "t1" });
      expect(rows.get(bob.id)).toEqual(seat);
      await seats.drop(old);
      expect([...(await seats.of([ann.id, bob.id])).keys()]).toEqual([bob.id]);
    });

    it("has changed when it was taken or got its ticket", async () => {
      const { seats } = (await opened()).stores;
      await seats.take(seatOf("one", ann), []);
      await expect.poll(() => seats.changed([ann.id, bob.id], 50)).toEqual([]);
      await seats.ticketed(seatOf("one", ann), "t1");
      expect(await seats.changed([bob.id, ann.id], 60_000)).toEqual([ann.id]);
    });
  });

  describe("presence", () => {
    const here = (...players: PlayerView[]) => new Map(players.map(({ id }) => [id, true]));
    const away = (...players: PlayerView[]) => new Map(players.map(({ id }) => [id, false]));

    it("knows who is anywhere, and tells once of who is not any more", async () => {
      const { stores, others } = await opened();
      const { presence } = stores;
      for (const id of ["one", "other"]) expect(await presence.beat({ id, name: id })).toBe(false);
      expect(await presence.beat({ id: "one", name: "one" })).toBe(true);
      await presence.note("one", here(ann, bob));
      await presence.note("other", here(bob));
      await presence.note("one", away(ann, bob));
      expect(await presence.isAnywhere(ann.id, 60_000)).toBe(false);
      expect(await presence.isAnywhere(bob.id, 60_000)).toBe(true);
      expect(await presence.reap(60_000, 60_000)).toEqual([]);
      const told = await Promise.all([presence.reap(0, 60_000), others.presence.reap(0, 60_000)]);
      expect(told.flat()).toEqual([{ playerId: ann.id, isLost: false }]);
      await presence.note("one", away(bob));
      await presence.note("one", here(bob));
      await presence.note("other", away(bob));
      expect(await presence.reap(0, 60_000)).toEqual([]);
      expect(await presence.isAnywhere(bob.id, 60_000)).toBe(true);
    });

    it("loses those of a dead process, unless they are elsewhere", async () => {
      const { fresh, stores } = await opened();
      const { presence } = stores;
      await presence.beat({ id: "one", name: "one" });
      await fresh.wasAtDeadProcess(ann.id);
      await presence.note("one", here(bob));
      expect(await presence.isAnywhere(ann.id, 10_000)).toBe(false);
      expect(await presence.reap(5_000, 10_000)).toEqual([{ playerId: ann.id, isLost: true }]);
      expect(await presence.reap(5_000, 10_000)).toEqual([]);
      expect(await fresh.noted()).toBe(1);
      await presence.note("one", here(ann));
      expect(await presence.isAnywhere(ann.id, 10_000)).toBe(true);
    });

    it("is noted again where it was forgotten", async () => {
      const { fresh, stores } = await opened();
      const process = { id: "one", name: "one" };
      const presence = new SharedPresence(stores.presence, process, 60_000, () => {});
      onTestFinished(() => presence.close());
      await presence.came(ann.id);
      expect(await fresh.noted()).toBe(1);
      await fresh.forgets();
      await expect.poll(() => fresh.noted(), { timeout: 15_000 }).toBe(1);
    });

    it("of many who go at once is told of each", async () => {
      const { presence } = (await opened()).stores;
      const many = Array.from({ length: 1_100 }, (_, index) => newPlayer(`P ${index}`));
      await presence.beat({ id: "one", name: "one" });
      await presence.note("one", here(...many));
      await presence.note("one", away(...many));
      const gone = await presence.reap(0, 60_000);
      expect(gone.map(({ playerId }) => playerId).sort()).toEqual(many.map(({ id }) => id).sort());
    });
  });

  describe("a party", () => {
    it("takes one friend, however many come at once, and each player is in one", async () => {
      const { stores, others } = await opened();
      const { code } = await stores.parties.create(ann);
      const entering = [bob, cid, dee].map(async (player, index) =>
        (index === 1 ? others : stores).parties.enter(code, player),
      );
      const entered = await Promise.allSettled(entering);
      expect(entered.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      const party = (await others.parties.of(ann.id))!;
      expect(party.players).toHaveLength(2);
      const made = [stores, others].map(async ({ parties }) => parties.create(party.players[1]!));
      for (const each of await Promise.allSettled(made))
        expect(each).toMatchObject({ status: "rejected", reason: { code: "IN_A_PARTY" } });
      const own = await stores.parties.create([bob, cid, dee].find(({ id }) => id !== party.players[1]!.id)!);
      await expect(stores.parties.enter(own.code, ann)).rejects.toMatchObject({ code: "IN_A_PARTY" });
    });

    it("loses whoever leaves, and ends with its leader", async () => {
      const { parties } = (await opened()).stores;
      const { code } = await parties.create(ann);
      await parties.enter(code.toLowerCase(), bob);
      expect(await parties.leave(bob.id)).toEqual({
        party: { code, leader: ann, players: [ann] },
        out: [bob],
      });
      expect(await parties.of(bob.id)).toBeUndefined();
      expect(await parties.leave(bob.id)).toBeUndefined();
      await parties.enter(code, cid);
      expect(await parties.leave(ann.id)).toMatchObject({ party: { players: [] }, out: [ann, cid] });
      for (const { id } of [ann, cid]) expect(await parties.of(id)).toBeUndefined();
      expect(await parties.create(cid)).toMatchObject({ leader: cid, players: [cid] });
      await expect(parties.open(code, dee)).rejects.toMatchObject({ code: "NO_SUCH_PARTY" });
      await expect(parties.enter(code, dee)).rejects.toMatchObject({ code: "NO_SUCH_PARTY" });
    });
  });

  it("keeps what was played, once, and lists it by player", async () => {
    const { matches } = (await opened()).stores.ports;
    const played = [1, 2, 2, 3].map((createdAt, index) =>
      matchOf(index, createdAt, ann, index === 0 ? cid : bob),
    );
    await matches.save(played, {});
    await matches.save([played[1]!, { ...played[1]!, quality: 0 }], {});
    const newest = [played[3]!, played[2]!, played[1]!, played[0]!];
    const found: unknown[] = [];
    let after: string | undefined;
    do {
      const page = await matches.list({ playerId: ann.id, limit: 3, after }, {});
      found.push(...page.matches.map(({ match }) => match));
      after = page.next;
    } while (after !== undefined);
    expect(found).toEqual(newest);
    expect((await matches.list({ playerId: bob.id }, {})).matches.map(({ match }) => match)).toEqual(
      newest.slice(0, 3),
    );
    expect(await matches.get(played[0]!.id, {})).toEqual({ match: played[0] });
    expect(await matches.get(`${played[0]!.id}0`, {})).toBeUndefined();
  });

  it("counts for all processes", async () => {
    const { stores, others } = await opened();
    const limiters = [stores, others].map((each) => each.limiter("joins", 3, 60));
    const taking = Array.from({ length: 8 }, (_, index) => limiters[index % 2]!.consume("ann"));
    expect((await Promise.allSettled(taking)).filter(({ status }) => status === "fulfilled")).toHaveLength(3);
  });
});
