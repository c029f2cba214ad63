import type { Request } from "@evenmatch/core";
import { rng, withSeed } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { POSITION } from "../../src/ticket/log-record.js";
import type { Asked } from "../../src/ticket/requests.js";
import type { Fate } from "./fake-partition.js";
import { join, match, NOW, request, restored, stage, ticket } from "./stage.js";

describe("the owner of a partition", () => {
  it("takes up in one transaction what came while the one before was under way", async () => {
    const play = stage();
    const { partition } = play;
    play.worker();
    for (let number = 0; number < 50; number++) partition.ask([number, join(ticket(`t${number}`))]);
    await play.replyTo(49);
    expect(partition.replies.length).toBe(50);
    // The one that takes over, and one or two for all.
    expect(partition.commits).toBeLessThanOrEqual(3);
  });

  it("answers questions alone without a transaction, unless somebody else may have taken over", async () => {
    const play = stage();
    const { partition } = play;
    const { owner } = play.worker();
    partition.ask([1, join(ticket("a"))]);
    await play.replyTo(1);
    const read: Asked = { type: "read", query: { type: "ticket", ticketId: "duel.eu.a" } };
    const { commits } = partition;
    partition.ask([2, read]);
    expect(await play.replyTo(2)).toMatchObject({ type: "found", found: { state: "waiting" } });
    expect(partition.commits).toBe(commits);
    owner.doubt();
    partition.ask([3, read]);
    await play.replyTo(3);
    expect(partition.commits).toBe(commits + 1);
    partition.isSure = false;
    partition.ask([4, read]);
    await play.replyTo(4);
    expect(partition.commits).toBe(commits + 2);
  });

  it.each<Fate>(["fails", "hangs"])(
    "drops everything when a transaction %s, takes over anew, and takes up again what was asked",
    async (fate) => {
      const play = stage();
      const { partition } = play;
      const { owner, heard, leases } = play.worker();
      partition.ask([1, join(ticket("a"))], [2, join(ticket("b"))]);
      await play.replyTo(2);
      const [first] = leases();
      partition.fates.push(fate);
      const claim = { type: "claim", match: match("ab", [ticket("a"), ticket("b")]) } as const;
      const decided = owner.decide(first!, [claim], NOW).catch((error: unknown) => error);
      partition.ask([3, join(ticket("c"))]);
      expect(await play.replyTo(3)).toEqual({
        type: "outcome",
        outcome: { type: "added" },
      });
      expect(await decided).toMatchObject({ code: "LEASE_LOST" });
      expect(first!.lost.aborted).toBe(true);
      const [, second] = leases();
      expect(second!.fence).toBeGreaterThan(first!.fence);
      const after = heard.slice(heard.findIndex(({ type }) => type === "lost"));
      expect(after.map(({ type }) => type)).toEqual(["lost", "gained", "changed"]);
      expect(await owner.decide(second!, [claim], NOW)).toEqual([{ type: "claimed" }]);
    },
  );

  it.each<Fate>(["commits unheard", "commits and hangs"])(
    "finds what has happened when a transaction %s, and does it once",
    async (fate) => {
      const play = stage();
      const { partition } = play;
      const { leases, heard } = play.worker();
      partition.ask([1, join(ticket("a"))]);
      await play.replyTo(1);
      partition.fates.push(fate);
      partition.ask([2, join(ticket("b"))]);
      await play.until("another lease", () => leases().length === 2);
      // Nobody was answered; who asks again learns that it has happened.
      expect(partition.replies.map(([number]) => number)).toEqual([1]);
      partition.ask([2, join(ticket("b"))]);
      expect(await play.replyTo(2)).toEqual({
        type: "outcome",
        outcome: { type: "same", ticket: ticket("b") },
      });
      const gained = heard.filter((one) => one.type === "gained");
      expect(gained[1]!.waiting.map((one) => one.ticket.id)).toEqual(["duel.eu.a", "duel.eu.b"]);
    },
  );

  it("is refused whole once another has taken over, and has no effect", async () => {
    const play = stage();
    const { partition } = play;
    const old = play.worker();
    partition.ask([1, join(ticket("a"))]);
    await play.replyTo(1);
    const [lease] = old.leases();
    // It gives up when it hears of it, and not before: a worker that was frozen hears nothing.
    const next = play.worker();
    await play.until("the next owner", () => next.leases().length > 0);
    const claim = { type: "claim", match: match("a", [ticket("a")]) } as const;
    await expect(old.owner.decide(lease!, [claim], NOW)).rejects.toMatchObject({ code: "LEASE_LOST" });
    await old.owner.stop();
    await play.until("a lease that lasts", () => next.leases().at(-1)?.lost.aborted === false);
    const state = restored(partition);
    expect(state.pools.get("duel.eu")!.life.matches.size).toBe(0);
  });

  it("refuses again what it has refused when it comes a second time", async () => {
    const play = stage();
    const { partition } = play;
    const first = play.worker();
    partition.ask([1, join(ticket("a"), { maxWaiting: 1 })]);
    const late = join(ticket("b"), { maxWaiting: 1 });
    partition.ask([2, late]);
    expect(await play.replyTo(2)).toEqual({ type: "outcome", outcome: { type: "full", waiting: 1 } });
    partition.ask([3, request({ type: "leave", ticketId: "duel.eu.a" })]);
    await play.replyTo(3);
    partition.replies.length = 0;
    partition.ask([2, late]);
    expect(await play.replyTo(2)).toEqual({ type: "outcome", outcome: { type: "full", waiting: 1 } });
    // Whoever owns the partition by then.
    await first.owner.stop();
    play.worker();
    partition.replies.length = 0;
    partition.ask([2, late]);
    expect(await play.replyTo(2)).toEqual({ type: "outcome", outcome: { type: "full", waiting: 1 } });
    // Asked anew, there is room.
    partition.ask([4, late]);
    expect(await play.replyTo(4)).toMatchObject({ outcome: { type: "added" } });
  });

  it("is closed when its writers are", async () => {
    const play = stage();
    const { partition } = play;
    const { owner } = play.worker();
    partition.ask([1, join(ticket("a"))]);
    await play.replyTo(1);
    let close = (): void => {};
    partition.closing = new Promise((resolve) => (close = resolve));
    // Others may have the partition when it has stopped.
    await owner.stop();
    let isClosed = false;
    const closed = owner.closed().then(() => (isClosed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isClosed).toBe(false);
    close();
    await closed;
  });

  it("goes on behind records that it cannot use", async () => {
    const play = stage();
    const { partition } = play;
    play.worker();
    partition.append(undefined);
    const players = [{ id: "a", rating: 1 }];
    const broken = { type: "claim", match: { players } } as unknown as Request;
    partition.ask([1, request(broken)], [2, join({ ...ticket("elsewhere"), queue: "squad" })]);
    partition.ask([3, join(ticket("a"))]);
    expect(await play.replyTo(3)).toMatchObject({ outcome: { type: "added" } });
    expect(partition.replies.find(([number]) => number === 2)?.[1]).toEqual({ type: "misplaced" });
  });

  it("does not take over a queue whose number of partitions was changed", async () => {
    const play = stage();
    const { partition } = play;
    const { owner } = play.worker(3);
    partition.ask([1, join(ticket("a"))]);
    await play.replyTo(1);
    await owner.stop();
    const { leases } = play.worker(4);
    const problem = await play.until("a problem", () => partition.problems.at(-1));
    expect(problem).toMatchObject({ code: "STORE_MISCONFIGURED", retryable: false });
    expect(problem.message).toContain('{"before":3,"now":4}');
    expect(leases()).toEqual([]);
  });

  it('takes a log that does not name `key`, as the first ones did not, for one of "pool"', async () => {
    const play = stage();
    const { partition } = play;
    const { owner } = play.worker();
    partition.ask([1, join(ticket("a"))]);
    await play.replyTo(1);
    await owner.stop();
    const position = partition.log.findLast(({ key }) => key === POSITION)!;
    const { key, ...before } = JSON.parse(position.value!) as Record<string, unknown>;
    expect(key).toBe("pool");
    partition.log.push({ key: POSITION, value: JSON.stringify(before) });
    const { leases } = play.worker();
    await play.until("a lease", () => leases().length > 0);
    expect(partition.problems).toEqual([]);
  });

  it("loses and doubles nothing, however transactions end and whoever takes over", () =>
    withSeed(async (seed) => {
      const play = stage();
      const { partition } = play;
      const chance = rng(seed);
      const workers = [play.worker()];
      const live = new Map<string, string>();
      const asked = new Map<number, Asked>();
      let fates = 0;
      for (let number = 0; number < 300; number++) {
        const fate = chance.pick<Fate>(["commits", "commits", "commits", "fails", "commits unheard"]);
        if (chance.int(0, 3) === 0) {
          partition.fates.push(fate);
          fates++;
        }
        const id = chance.int(0, 40);
        const one: Asked =
          chance.int(0, 2) === 0
            ? request({ type: "leave", ticketId: `duel.eu.t${chance.int(0, number)}` })
            : join(ticket(`t${number}`, [`p${id}`]));
        asked.set(number, one);
        partition.ask([number, one]);
        // Another worker is given the partition, and the one before hears of it some time.
        if (chance.int(0, 30) === 0) {
          const before = workers.at(-1)!;
          workers.push(play.worker());
          void before.owner.stop();
        }
        await play.clock.advance(chance.int(0, 5));
      }
      const unanswered = (): [number, Asked][] =>
        [...asked].filter(([number]) => !partition.replies.some(([one]) => one === number));
      for (let round = 0; round < 40 && unanswered().length > 0; round++) {
        partition.ask(...unanswered());
        await play.clock.advance(200);
      }
      expect(unanswered()).toEqual([]);
      // What callers were told is what the log holds.
      const state = restored(partition);
      const { life } = state.pools.get("duel.eu")!;
      for (const [number, reply] of partition.replies) {
        const one = asked.get(number)!;
        if (reply.type !== "outcome" || one.type !== "request") continue;
        const isIn = ["added", "same"].includes(reply.outcome.type);
        if (one.request.type === "join") {
          const { id } = one.request.ticket;
          expect([id, life.tickets.has(id)]).toEqual([id, isIn]);
        } else if (one.request.type === "leave" && reply.outcome.type === "left")
          expect(life.tickets.get(one.request.ticketId)?.state).toBe("left");
      }
      for (const { ticket: one, state: at } of life.tickets.values()) {
        if (at !== "waiting") continue;
        const [player] = one.players;
        expect(live.get(player!.id), `two live tickets of ${player!.id}`).toBeUndefined();
        live.set(player!.id, one.id);
      }
      expect(partition.commits).toBeGreaterThan(20);
      // Many have come to pass: of 75 or so it is 70 in half of all runs, and was 34 in the least of 400.
      expect(fates - partition.fates.length).toBeGreaterThan(20);
    }));
});
