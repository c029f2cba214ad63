import type { Lease, Match, OwnerEvent, Request, Ticket } from "@evenmatch/core";
import { ManualClock, rng, withSeed } from "@evenmatch/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { LogReader, type PartitionState } from "../../src/ticket/partition-state.js";
import type { Asked, Reply } from "../../src/ticket/requests.js";
import { FakePartition, type Fate } from "./fake-partition.js";

const NOW = 1_750_000_000_000;

function ticket(name: string, players: readonly string[] = [name]): Ticket {
  const all = players.map((id) => ({ id, rating: 1500 }));
  return { id: `duel.eu.${name}`, queue: "duel", region: "eu", players: all, joinedAt: NOW };
}

function match(name: string, tickets: readonly Ticket[]): Match {
  const teams = tickets.map((one) => [one]);
  return { id: `duel.eu.${name}`, queue: "duel", region: "eu", teams, quality: 1, createdAt: NOW };
}

function request(one: Request): Asked {
  return { type: "request", request: one, at: NOW };
}

function join(one: Ticket, more: Partial<Extract<Request, { type: "join" }>> = {}): Asked {
  return request({ type: "join", ticket: one, ...more });
}

class Stage {
  readonly clock = new ManualClock({ warn: () => {} });
  readonly partition = new FakePartition(this.clock);
  readonly #workers: { stop(): Promise<void> }[] = [];

  worker(partitions?: number): {
    owner: ReturnType<FakePartition["worker"]>["owner"];
    heard: OwnerEvent[];
    leases: () => Lease[];
  } {
    const { owner, events } = this.partition.worker(partitions);
    this.#workers.push(owner);
    const heard: OwnerEvent[] = [];
    void (async () => {
      for await (const event of events) heard.push(event);
    })();
    const leases = (): Lease[] => heard.flatMap((one) => (one.type === "gained" ? [one.lease] : []));
    return { owner, heard, leases };
  }

  /** Lets time pass until something holds. */
  async until<T>(what: string, condition: () => T | undefined | false): Promise<T> {
    for (let turn = 0; turn < 2_000; turn++) {
      const value = condition();
      if (value) return value;
      await this.clock.advance(20);
    }
    return expect.fail(`waited in vain for ${what}`);
  }

  async replyTo(number: number): Promise<Reply> {
    const { replies } = this.partition;
    const find = (): Reply | undefined => replies.find(([one]) => one === number)?.[1];
    return this.until(`the reply to ${number}`, find);
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((one) => one.stop()));
  }
}

function stage(): Stage {
  const made = new Stage();
  onTestFinished(() => made.close());
  return made;
}

/** The partition as the next owner would have it. */
function restored({ log }: FakePartition): PartitionState {
  const reader = new LogReader(() => {});
  for (const { key, value } of log) reader.add(key, value);
  const work = reader.restore({ retainMs: 60_000, dedupeMs: 600_000 }, 1);
  for (;;) {
    const { done, value } = work.next();
    if (done) return value.state;
  }
}

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
      // Most have come to pass.
      expect(partition.fates.length).toBeLessThan(fates / 2);
    }));
});
