import { describe, expect, it } from "vitest";
import { hashOf } from "./dump.js";
import { NOW, play, POOL, ticket, until } from "./worker.js";

describe("owning pools", () => {
  it("moves the pools of an owner that says nothing any more to another, who knows all", () =>
    play({ leaseMs: 600 }, async ({ admin, command, prefix, worker, join, tag }) => {
      const first = worker();
      await join("a");
      await until(() => first.lease);
      const { fence } = first.lease!;
      const owner = (await hashOf(admin, `${tag}pool:eu`)).get("owner")!;
      const second = worker();
      const owners = `{${prefix}}:owners`;
      await until(async () => (await hashOf(admin, owners)).size === 2);
      await join("b");
      // As if it had stopped for longer than its lease: nobody told it. Its own word may come in between.
      await until(async () => {
        await command("hset", owners, owner, "1 1 duel");
        return second.lease;
      });
      await join("c");
      await until(() => second.known.length === 3);
      expect(second.known.sort()).toEqual(["a", "b", "c"].map((name) => ticket(name).id));
      expect(second.lease!.fence).toBeGreaterThan(fence);
      await until(() => first.heard.some(({ type }) => type === "lost"));
    }));

  it("moves the pools of an owner that died before the clock of the server went back", () =>
    play({ leaseMs: 300 }, async ({ command, prefix, tag, worker, join }) => {
      await join("a");
      const hence = Date.now() + 3_600_000;
      await command("hset", `{${prefix}}:owners`, "dead", `${hence} 1 300 duel`);
      await command("hset", `${tag}pool:eu`, "owner", "dead", "fence", hence, "until", hence);
      const owner = worker();
      await until(() => owner.known.length === 1);
      expect(owner.lease!.fence).toBeGreaterThan(BigInt(hence));
    }));

  it.each([
    ["changes are missing", true, [["hset", "pool:eu", "seq", "3", "link", "unheard of"]]],
    [
      "changes are missing, and nothing more comes",
      false,
      [["hset", "pool:eu", "seq", "3", "link", "unheard of"]],
    ],
    [
      "the server has lost the latest of what it told, and goes on",
      true,
      [
        ["hset", "pool:eu", "seq", "1", "link", "of a history that was"],
        ["del", "changes:eu"],
      ],
    ],
    [
      "the server has lost the latest of what it told, and nothing happens",
      false,
      [["hset", "pool:eu", "seq", "1"]],
    ],
    [
      "the server goes on from another history, with the numbers of this one",
      true,
      [["hset", "pool:eu", "link", "of a history that was"]],
    ],
    ["changes are there that are no changes", false, [["xadd", "changes:eu", "*", "x", "y"]]],
  ] as [string, boolean, string[][]][])("gains a pool anew when %s", (_, goesOn, mishap) =>
    play({ leaseMs: 600 }, async ({ admin, tag, worker, join }) => {
      const owner = worker();
      await join("a", "b");
      await until(() => owner.known.length === 2);
      const { lease } = owner;
      // In one script, so that the owner sees nothing in between.
      const script =
        "for _, c in ipairs(cjson.decode(ARGV[1])) do redis.call(c[1], KEYS[1] .. c[2], unpack(c, 3)) end";
      await admin.call("eval", [script, 1, tag, JSON.stringify(mishap)]);
      if (goesOn) await join("c");
      await until(() => lease!.lost.aborted && owner.lease);
      expect(owner.lease!.fence).toBeGreaterThan(lease!.fence);
      const all = [...(await hashOf(admin, `${tag}waiting:eu`)).keys()].sort();
      await until(() => owner.known.length === all.length);
      expect(owner.known.sort()).toEqual(all);
    }),
  );

  it("decides nothing for a pool that somebody else has taken, and hears of it by itself", () =>
    play({}, async ({ worker, join }) => {
      const first = worker();
      await join("a");
      await until(() => first.lease);
      const old = first.lease!;
      const second = worker();
      await first.stop();
      await until(() => second.lease);
      const match = { ...POOL, id: "duel.eu.m", teams: [[ticket("a")]], quality: 1, createdAt: NOW };
      const late = first.store.decide(
        { ...old, lost: new AbortController().signal },
        [{ type: "claim", match }],
        {
          now: NOW,
        },
      );
      await expect(late).rejects.toMatchObject({ code: "LEASE_LOST" });
    }));

  it("throws away what it told long ago, and who is dead", () =>
    play({ leaseMs: 300 }, async ({ command, prefix, tag, worker, join }) => {
      const owner = worker();
      await join("a", "b", "c");
      await until(() => owner.known.length === 3);
      await command("hset", `{${prefix}}:owners`, "long dead", "1 1 duel");
      await until(async () => Number(await command("xlen", `${tag}changes:eu`)) === 0);
      await until(async () => Number(await command("hexists", `{${prefix}}:owners`, "long dead")) === 0);
    }));

  it("remembers what has ended for as long as it is told to, and no longer than twice that", () =>
    play(
      { retainMs: 1_000, dedupeMs: 1_000, leaseMs: 300 },
      async ({ store, command, tag, join, worker }) => {
        const owner = worker();
        await join("a", "waits");
        await store.submit([{ type: "join", ticket: ticket("b"), requestId: "r" }], { now: NOW });
        await store.submit(
          ["a", "b"].map((name) => ({ type: "leave", ticketId: ticket(name).id }) as const),
          { now: NOW },
        );
        const [found] = await store.read([{ type: "ticket", ticketId: ticket("a").id }], {});
        expect(found?.state).toBe("left");
        await until(
          async () => (await store.read([{ type: "ticket", ticketId: ticket("a").id }], {}))[0] === undefined,
        );
        await until(async () => {
          const [again] = await store.submit([{ type: "join", ticket: ticket("b"), requestId: "r" }], {
            now: NOW,
          });
          return again?.type === "added";
        });
        // Nothing of what is over stays: its owner throws it away before it runs out.
        expect(owner.failure).toBeUndefined();
        await until(async () => {
          const keys = await Promise.all(
            ["ended", "closed"].map((what) => command("keys", `${tag}${what}:*`) as Promise<string[]>),
          );
          return keys.flat().length === 0;
        });
        expect(Object.keys((await command("hgetall", `${tag}waiting:eu`)) as object).sort()).toEqual(
          ["b", "waits"].map((name) => ticket(name).id),
        );
      },
    ));

  it("hands a pool of 20,000 over whole", () =>
    play({}, async ({ worker, join }) => {
      const first = worker();
      const names = Array.from({ length: 20_000 }, (_, index) => `p${index}`);
      const ids = names.map((name) => ticket(name).id);
      for (let from = 0; from < names.length; from += 1_000) await join(...names.slice(from, from + 1_000));
      const second = worker();
      await until(() => first.known.length === ids.length);
      await first.stop();
      await until(() => second.known.length === ids.length);
      expect(second.known.sort()).toEqual(ids.sort());
    }));
});
