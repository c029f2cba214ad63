import {
  defineStrategy,
  Fifo,
  MemoryEventBus,
  MemoryTicketStore,
  OneVsOne,
  type Match,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { solo, teamsOf, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }), squad: new Fifo({ teamSize: 3 }) };

describe("with nobody who owns the pool", () => {
  it("a find that is aborted rejects, and leaves nothing behind", async () => {
    const { matchmaker, clock } = await world({ queues }, { start: false });
    const given = new AbortController();
    const found = matchmaker.find("classic", solo("ann"), { signal: given.signal });
    await clock.settle();
    given.abort(new Error("bored"));
    await expect(found).rejects.toThrow("bored");
    expect(matchmaker.health().watched).toBe(0);
  });

  it("a find whose ticket leaves rejects", async () => {
    const { matchmaker, clock } = await world({ queues }, { start: false });
    const rejected = expect(matchmaker.find("classic", solo("ann"))).rejects.toMatchObject({
      code: "TICKET_LEFT",
    });
    await clock.settle();
    const live = await matchmaker.ticketOf("ann", { queue: "classic" });
    expect(await matchmaker.leave(live?.ticket.id as string)).toBe("left");
    await rejected;
  });

  it("what another process ended is learned within 30 s", async () => {
    const clock = new ManualClock();
    const ports = { clock, tickets: new MemoryTicketStore({ clock }), events: new MemoryEventBus() };
    const one = await world({ queues, ...ports }, { start: false, seed: 1 });
    const other = await world({ queues, ...ports }, { start: false, seed: 2 });
    const rejected = expect(one.matchmaker.find("classic", solo("ann"))).rejects.toMatchObject({
      code: "TICKET_LEFT",
    });
    await clock.settle();
    const live = await other.matchmaker.ticketOf("ann", { queue: "classic" });
    await other.matchmaker.leave(live?.ticket.id as string);
    await clock.advance(30_000);
    await rejected;
  });

  it("tickets that are overdue when an owner comes expire, and are not matched", async () => {
    const short = { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), ticketTtlMs: 50 } };
    const { matchmaker, clock } = await world({ queues: short }, { start: false });
    const matches: Match[] = [];
    matchmaker.on("match", (match) => matches.push(match));
    await matchmaker.join("classic", solo("ann"));
    await matchmaker.join("classic", solo("bob"));
    await clock.advance(500);
    await matchmaker.start();
    await clock.settle();
    expect(matches).toEqual([]);
    expect(await matchmaker.ticketOf("ann", { queue: "classic" })).toBeUndefined();
  });
});

describe("a malformed id", () => {
  it("is answered, and spoils nothing for the others of its batch", async () => {
    const { matchmaker } = await world({ queues });
    await matchmaker.join("classic", solo("zed", 9_000));
    const nothing = undefined as unknown as string;
    const found = matchmaker.find("classic", solo("ann"));
    const answers = Promise.all([
      matchmaker.leave(nothing),
      matchmaker.accept(nothing, "x"),
      matchmaker.heartbeat([null as unknown as string]),
      matchmaker.matchOf(nothing),
    ]);
    await expect(matchmaker.join("classic", { players: new Array(1) })).rejects.toMatchObject({
      code: "INVALID_PLAYERS",
    });
    await expect(matchmaker.explain(nothing)).rejects.toMatchObject({ code: "TICKET_UNKNOWN" });
    await matchmaker.join("classic", solo("bob"));
    expect(await answers).toEqual(["unknown", "unknown", ["ended"], undefined]);
    expect(teamsOf(await found)).toEqual([["ann"], ["bob"]]);
  });
});

describe("two matchmakers that share a store and no bus", () => {
  it("learn of their matches from the store", async () => {
    const clock = new ManualClock();
    const tickets = new MemoryTicketStore({ clock });
    await world({ queues, tickets, clock }, { seed: 1 });
    const api = await world({ queues, tickets, clock }, { start: false, seed: 2 });
    const found = api.matchmaker.find("classic", solo("ann"));
    void api.matchmaker.join("classic", solo("bob"));
    await clock.advance(2_000);
    expect(teamsOf(await found)).toEqual([["ann"], ["bob"]]);
  });
});

describe("a find aborted while its join is under way", () => {
  it("resolves when the claim was faster", async () => {
    const clock = new ManualClock();
    class Slow extends MemoryTicketStore {
      override async submit(
        ...args: Parameters<MemoryTicketStore["submit"]>
      ): ReturnType<MemoryTicketStore["submit"]> {
        const outcomes = await super.submit(...args);
        await new Promise<void>((resolve) => void clock.at(clock.now() + 100, resolve));
        return outcomes;
      }
    }
    const { matchmaker } = await world({
      queues,
      tickets: new Slow({ clock }),
      events: new MemoryEventBus(),
      clock,
    });
    const bob = matchmaker.find("classic", solo("bob"));
    await clock.advance(150);
    const given = new AbortController();
    const ann = matchmaker.find("classic", solo("ann"), { signal: given.signal });
    await clock.advance(20);
    given.abort(new Error("too late"));
    await clock.advance(1_000);
    expect(await ann).toEqual(await bob);
  });
});

describe("an owner that loses its pool between claim and announcement", () => {
  it("leaves a ready check that the next owner tells of", async () => {
    const clock = new ManualClock();
    class Lost extends MemoryTicketStore {
      #isLost = false;
      override async decide(
        ...args: Parameters<MemoryTicketStore["decide"]>
      ): ReturnType<MemoryTicketStore["decide"]> {
        const outcomes = super.decide(...args);
        const [lease, decisions] = args;
        if (!this.#isLost && decisions.some(({ type }) => type === "claim")) {
          this.#isLost = true;
          this.endLease(lease);
        }
        return outcomes;
      }
    }
    const ready = { ready: { strategy: new Fifo(), acceptance: { timeoutMs: 500 } } };
    const { matchmaker } = await world({
      queues: ready,
      tickets: new Lost({ clock }),
      events: new MemoryEventBus(),
      clock,
    });
    const asked: string[] = [];
    matchmaker.on("readyCheck", (match) => {
      asked.push(match.id);
      for (const id of teamsOf(match).flat()) void matchmaker.accept(match.id, id);
    });
    const found = matchmaker.find("ready", solo("ann"));
    await matchmaker.join("ready", solo("bob"));
    await clock.settle();
    expect(asked).toEqual([(await found).id]);
  });
});

describe("a strategy that fails once", () => {
  it("is asked again, though nothing changes", async () => {
    let calls = 0;
    const strategy = defineStrategy({
      propose: ([one, other]) => {
        if (++calls === 3) throw new Error("once");
        return one && other ? [{ teams: [[one], [other]], quality: 1 }] : [];
      },
    });
    const { matchmaker, clock } = await world({ queues: { classic: strategy } });
    const found = matchmaker.find("classic", solo("ann"));
    await matchmaker.join("classic", solo("bob"));
    await clock.advance(1_000);
    expect(teamsOf(await found)).toEqual([["ann"], ["bob"]]);
  });

  it("and one that answers with a promise is reported once, and rejects nowhere else", async () => {
    const strategy = defineStrategy({ propose: (() => Promise.reject(new Error("async"))) as never });
    const { matchmaker, clock, problems } = await world({ queues: { classic: strategy } });
    await matchmaker.join("classic", solo("ann"));
    await clock.settle();
    expect(problems).toEqual(["INVALID_PROPOSAL"]);
  });
});

describe("a group of matches()", () => {
  it("keeps what a member that broke off had not done with", async () => {
    const { matchmaker, clock } = await world({ queues });
    const first = matchmaker.matches({ group: "rooms" });
    const taken = first.next();
    await clock.settle();
    const found = Array.from({ length: 5 }, async (_, pair) => {
      void matchmaker.join("classic", solo(`a${pair}`, 1_000 * pair));
      return (await matchmaker.find("classic", solo(`b${pair}`, 1_000 * pair))).id;
    });
    const ids = await Promise.all(found);
    const seen = new Set<string>();
    const { value } = (await taken) as { value: Match };
    seen.add(value.id);
    await first.return?.();
    const given = new AbortController();
    const second = (async () => {
      for await (const { id } of matchmaker.matches({ group: "rooms", signal: given.signal })) seen.add(id);
    })();
    await clock.settle();
    given.abort();
    await second;
    expect(seen).toEqual(new Set(ids));
  });
});

describe("small things", () => {
  it("a listener that puts itself back is called once per event", async () => {
    const { matchmaker, clock } = await world({ queues });
    let calls = 0;
    const listen = (): void => {
      const remove = matchmaker.on("ticket.joined", () => {
        calls++;
        remove();
        listen();
      });
    };
    listen();
    await matchmaker.join("classic", solo("ann"));
    await clock.settle();
    expect(calls).toBe(1);
  });

  it("replacing works for a party whose members all wait alone", async () => {
    const { matchmaker } = await world({ queues });
    const players = ["ann", "bob", "cid"].map((id) => ({ id, rating: 1 }));
    for (const player of players) await matchmaker.join("squad", { players: [player], region: player.id });
    const party = await matchmaker.join("squad", { players }, { onDuplicate: "replace" });
    expect((await matchmaker.ticketOf("cid", { queue: "squad" }))?.ticket.id).toBe(party.id);
  });

  it("request ids of two players never meet", async () => {
    const { matchmaker } = await world({ queues });
    const one = await matchmaker.join("classic", solo("a\nb", 1_000), { requestId: "c" });
    const other = await matchmaker.join("classic", solo("a", 5_000), { requestId: "b\nc" });
    expect(other.id).not.toBe(one.id);
  });

  it("close ends what waits for a store that does not even tell the time", async () => {
    const clock = new ManualClock();
    class Silent extends MemoryTicketStore {
      override time(): Promise<number> {
        return new Promise(() => {});
      }
    }
    const { matchmaker } = await world({ queues, tickets: new Silent({ clock }), clock }, { start: false });
    const rejected = expect(matchmaker.join("classic", solo("ann"))).rejects.toMatchObject({
      code: "CLOSED",
    });
    const closed = matchmaker.close();
    await clock.advance(5_000);
    await closed;
    await rejected;
  });
});
