import type { Lease } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { hashOf } from "./dump.js";
import { NOW, play, ticket, until, POOL, type Play, type Worker } from "./worker.js";

describe("what ended and nobody heard", () => {
  const leave = (name: string) => [{ type: "leave", ticketId: ticket(name).id }] as const;
  /** The ends that came with the pool, which the snapshot knows already. */
  const toldAgain = (worker: Worker): unknown[] => {
    const from = worker.heard.findLastIndex(({ type }) => type === "gained");
    const [gained, changed] = worker.heard.slice(from);
    if (gained?.type !== "gained" || changed?.type !== "changed") return [];
    return changed.changes.filter(({ seq }) => seq <= gained.seq).map(({ change }) => change);
  };
  const told = (worker: Worker, expected: unknown[]): Promise<void> =>
    expect.poll(() => toldAgain(worker), { interval: 5, timeout: 15_000 }).toEqual(expected);
  /** Ends the lease, as its running out would. */
  const ends = async ({ command, tag }: Play, lease: Lease): Promise<void> => {
    await command("hset", `${tag}pool:eu`, "owner", "", "fence", String(lease.fence + 1n));
    await command("xadd", `${tag}news`, "*", "owners", "1");
  };

  it("before a pool had its first owner is told to that one", () =>
    play({}, async ({ store, worker, join }) => {
      await join("a", "b");
      await store.submit(leave("a"), { now: NOW });
      const owner = worker();
      await told(owner, [{ type: "left", ticket: ticket("a") }]);
      expect(owner.known).toEqual([ticket("b").id]);
    }));

  it("is told again where it is not known to have been told: who left, who expired, who was dropped", () =>
    play({ leaseMs: 60_000 }, async (stage) => {
      const { store } = stage;
      const owner = stage.worker();
      const names = ["left", "late", "idle", "eager", "waits"];
      const [left, late, idle, eager] = names.map((name) => ({ ...ticket(name), expiresAt: NOW + 1 }));
      await store.submit(
        names.map((name) => ({ type: "join", ticket: { ...ticket(name), expiresAt: NOW + 1 } })),
        { now: NOW },
      );
      await until(() => owner.known.length === 5);
      const match = { ...POOL, id: "duel.eu.m", teams: [[idle!], [eager!]], quality: 1, createdAt: NOW };
      await store.submit(leave("left"), { now: NOW });
      await owner.store.decide(
        owner.lease!,
        [
          { type: "claim", match },
          { type: "release", matchId: match.id, drop: [idle!.id], reason: "declined" },
          { type: "expire", ticketId: late!.id },
        ],
        { now: NOW + 1 },
      );
      const heard = (): string[] =>
        owner.heard.flatMap((event) =>
          event.type === "changed" ? event.changes.map(({ change }) => change.type) : [],
        );
      await until(() => heard().includes("expired"));
      const { lease } = owner;
      await ends(stage, lease!);
      await until(() => owner.lease && owner.lease !== lease);
      await told(owner, [
        { type: "left", ticket: left },
        { type: "released", matchId: match.id, returned: [], dropped: [idle], reason: "declined" },
        { type: "expired", ticket: late },
      ]);
    }));

  it("in a pool that nobody ever runs is forgotten with its ticket", () =>
    play({ retainMs: 500, dedupeMs: 500 }, async ({ command, tag, store, join }) => {
      await join("a");
      await store.submit(leave("a"), { now: NOW });
      expect(await command("xlen", `${tag}changes:eu`)).toBe(1);
      await until(async () => Number(await command("exists", `${tag}changes:eu`)) === 0);
    }));

  it("leaves no entries of those who come to a pool, or say that they are there, while its owner is long dead", () =>
    play({}, async ({ admin, command, tag, store, worker }) => {
      const one = { ...ticket("a"), heartbeatMs: 60_000 };
      const owner = worker();
      await store.submit([{ type: "join", ticket: one }], { now: NOW });
      await until(() => owner.known.length === 1);
      await owner.stop();
      // It gives its pools up after its last event.
      await until(async () => (await command("hget", `${tag}pool:eu`, "owner")) === "");
      const kinds = async (): Promise<string[]> =>
        ((await command("xrange", `${tag}changes:eu`, "-", "+")) as [string, string[]][])
          .map(([, fields]) => fields.at(-2)!)
          .filter((kind) => kind.length === 1);
      await command("del", `${tag}changes:eu`);
      // It may come back, and go on where it stood.
      const [seconds] = (await command("time")) as [string];
      await command("hset", `${tag}pool:eu`, "owner", "somebody", "until", `${Number(seconds) - 1}000`);
      await store.submit([{ type: "beat", ticketId: one.id }], { now: NOW });
      expect(await kinds()).toEqual(["b"]);
      await command("hset", `${tag}pool:eu`, "until", `${Number(seconds) - 120}000`);
      await store.submit([{ type: "join", ticket: ticket("b") }], { now: NOW });
      await store.submit([{ type: "beat", ticketId: one.id }], { now: NOW });
      expect(await kinds()).toEqual(["b"]);
      await store.submit(leave("b"), { now: NOW });
      expect(await kinds()).toEqual(["b", "E"]);
      const next = worker();
      await told(next, [{ type: "left", ticket: ticket("b") }]);
      expect(next.known).toEqual([one.id]);
      expect((await hashOf(admin, `${tag}waiting:eu`)).size).toBe(1);
    }));
});
