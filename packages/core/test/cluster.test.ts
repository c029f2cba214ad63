import {
  EvenmatchError,
  Fifo,
  Matchmaker,
  MemoryEventBus,
  MemoryMatchStore,
  MemoryTicketStore,
  OneVsOne,
  defineStrategy,
  type EventBus,
  type Match,
  type MatchStore,
  type OwnerEvent,
  type TicketStatus,
  type TicketStore,
} from "@evenmatch/core";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { solo, teamsOf, world } from "./world.js";

const queues = { classic: new OneVsOne({ maxRatingGap: 100 }) };

function shared(): {
  tickets: MemoryTicketStore;
  events: MemoryEventBus;
  matches: MemoryMatchStore;
  clock: ManualClock;
} {
  const clock = new ManualClock();
  return {
    tickets: new MemoryTicketStore({ clock }),
    events: new MemoryEventBus(),
    matches: new MemoryMatchStore(),
    clock,
  };
}

describe("several matchmakers on one store", () => {
  it("match players of different processes, and tell each process of its own", async () => {
    const ports = shared();
    const worker = await world({ queues, ...ports }, { seed: 1 });
    const first = await world({ queues, ...ports }, { start: false, seed: 2 });
    const second = await world({ queues, ...ports }, { start: false, seed: 3 });
    const told: string[] = [];
    for (const [name, { matchmaker }] of Object.entries({ worker, first, second })) {
      matchmaker.on("match", (match) => told.push(`${name} ${teamsOf(match).flat().join()}`));
    }
    const ann = first.matchmaker.find("classic", solo("ann", 1510));
    const bob = second.matchmaker.find("classic", solo("bob", 1490));
    expect((await ann).id).toBe((await bob).id);
    await ports.clock.settle();
    expect(told.sort()).toEqual(["first bob,ann", "second bob,ann"]);
    expect([worker, first, second].map(({ matchmaker }) => matchmaker.health().pools)).toEqual([1, 0, 0]);
  });

  it("share the pools, and take over those of one that closes", async () => {
    const ports = shared();
    const one = await world({ queues, ...ports }, { seed: 1 });
    for (const region of ["a", "b", "c", "d"])
      await one.matchmaker.join("classic", solo(`in-${region}`, 1500, region));
    const other = await world({ queues, ...ports }, { seed: 2 });
    await ports.clock.settle();
    expect([one, other].map(({ matchmaker }) => matchmaker.health())).toMatchObject([
      { pools: 2, waiting: 2 },
      { pools: 2, waiting: 2 },
    ]);
    await one.matchmaker.close();
    await ports.clock.settle();
    expect(other.matchmaker.health()).toMatchObject({ pools: 4, waiting: 4 });
    for (const region of ["a", "b", "c", "d"]) {
      const match = await other.matchmaker.find("classic", solo(`new-${region}`, 1500, region));
      expect(teamsOf(match)).toEqual([[`in-${region}`], [`new-${region}`]]);
    }
  });

  it("read the bus where somebody waits, and not where only pools are run", async () => {
    const { events, ...ports } = shared();
    const readers: string[] = [];
    const busOf = (name: string): EventBus => ({
      delivery: events.delivery,
      publish: (batch, options) => events.publish(batch, options),
      subscribe: (handler, options) =>
        events.subscribe((batch) => {
          readers.push(name);
          return handler(batch);
        }, options),
    });
    const worker = await world({ queues, ...ports, events: busOf("worker") }, { seed: 1 });
    const api = await world({ queues, ...ports, events: busOf("api") }, { start: false, seed: 2 });
    await Promise.all(
      [1510, 1490].map((rating) => api.matchmaker.find("classic", solo(`${rating}`, rating))),
    );
    expect(new Set(readers)).toEqual(new Set(["api"]));
    const ann = worker.matchmaker.find("classic", solo("ann", 1510));
    const bob = await api.matchmaker.find("classic", solo("bob", 1490));
    expect((await ann).id).toBe(bob.id);
    expect(new Set(readers)).toEqual(new Set(["api", "worker"]));
  });

  it("start where store and bus answer, and not before", async () => {
    const { events, ...ports } = shared();
    let isThere = false;
    const bus: EventBus = {
      delivery: events.delivery,
      publish: (batch, options) => events.publish(batch, options),
      subscribe: (handler, options) =>
        isThere ? events.subscribe(handler, options) : Promise.reject(new Error("no bus")),
    };
    const { matchmaker } = await world({ queues, ...ports, events: bus }, { start: false });
    const refusal = { code: "STORE_UNAVAILABLE", retryable: true };
    await expect(matchmaker.start()).rejects.toMatchObject(refusal);
    await expect(matchmaker.join("classic", solo("ann"))).rejects.toMatchObject(refusal);
    expect(matchmaker.health().status).toBe("starting");
    isThere = true;
    await matchmaker.start();
    expect(matchmaker.health().status).toBe("ready");
    const found = [1510, 1490].map((rating) => matchmaker.find("classic", solo(`${rating}`, rating)));
    expect(new Set((await Promise.all(found)).map(({ id }) => id)).size).toBe(1);
  });

  it("go on with a ready check where the owner before left it", async () => {
    const ports = shared();
    const ready = { ready: { strategy: new Fifo(), acceptance: { timeoutMs: 1_000 } } };
    const one = await world({ queues: ready, ...ports }, { seed: 1 });
    const api = await world({ queues: ready, ...ports }, { start: false, seed: 2 });
    const asked: Match[] = [];
    api.matchmaker.on("readyCheck", (match) => asked.push(match));
    const found = api.matchmaker.find("ready", solo("ann"));
    void api.matchmaker.join("ready", solo("bob"));
    await ports.clock.settle();
    const id = asked[0]?.id as string;
    await api.matchmaker.accept(id, "ann");
    const closed = one.matchmaker.close();
    const other = await world({ queues: ready, ...ports }, { seed: 3 });
    await ports.clock.settle();
    await closed;
    expect(other.matchmaker.health().pools).toBe(1);
    expect(await api.matchmaker.accept(id, "bob")).toBe("recorded");
    expect((await found).id).toBe(id);
  });

  it("have one of them decide, whatever the other believes", async () => {
    const ports = shared();
    const zombie = await world(
      { queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), waveMs: 1_000 } }, ...ports },
      { seed: 1 },
    );
    const leases: OwnerEvent[] = [];
    const api = await world({ queues, ...ports }, { start: false, seed: 2 });
    const matches: string[] = [];
    api.matchmaker.on("match", (match) => matches.push(match.id));
    await api.matchmaker.join("classic", solo("ann"));
    await api.matchmaker.join("classic", solo("bob"));
    const other = await world({ queues, ...ports }, { seed: 3 });
    zombie.matchmaker.on("pool.lost", (event) => leases.push(event as never));
    await ports.clock.advance(5_000);
    expect(matches).toHaveLength(1);
    expect(other.problems.concat(zombie.problems)).toEqual([]);
  });
});

describe("a bus that drops every second message", () => {
  class HalfBus extends MemoryEventBus implements EventBus {
    override readonly delivery = "at-most-once" as "at-least-once";
    #count = 0;
    override publish(events: Parameters<MemoryEventBus["publish"]>[0], options: object): Promise<void> {
      return super.publish(
        events.filter(() => this.#count++ % 2 === 1),
        options,
      );
    }
  }

  it("lets every find and every watcher learn of its match within 2 s", async () => {
    const ports = { ...shared(), events: new HalfBus() };
    const { matchmaker } = await world({ queues, ...ports }, { seed: 1 });
    const watcher = await world({ queues, ...ports }, { start: false, seed: 2 });
    const found: number[] = [];
    const seen: number[] = [];
    const told: string[] = [];
    matchmaker.on("match", ({ id }) => told.push(id));
    for (let pair = 0; pair < 20; pair++) {
      const ticket = await matchmaker.join("classic", solo(`a${pair}`, 1_000 * pair));
      void watcher.matchmaker.watch(ticket.id).then(() => seen.push(ports.clock.now()));
      void matchmaker
        .find("classic", solo(`b${pair}`, 1_000 * pair))
        .then(() => found.push(ports.clock.now()));
      await ports.clock.settle();
    }
    expect(found.length).toBeLessThan(20);
    await ports.clock.advance(2_000);
    expect([found.length, seen.length, told.length, new Set(told).size]).toEqual([20, 20, 20, 20]);
  });

  it("lets a ready check be answered all the same", async () => {
    const ports = {
      ...shared(),
      events: new (class extends HalfBus {
        override publish(): Promise<void> {
          return Promise.resolve();
        }
      })(),
    };
    const { matchmaker } = await world({
      queues: { ready: { strategy: new Fifo(), acceptance: { timeoutMs: 10_000 } } },
      ...ports,
    });
    matchmaker.on("readyCheck", (match) => {
      for (const id of teamsOf(match).flat()) void matchmaker.accept(match.id, id);
    });
    const found = matchmaker.find("ready", solo("ann"));
    await matchmaker.join("ready", solo("bob"));
    await ports.clock.advance(3_000);
    expect(teamsOf(await found)).toEqual([["ann"], ["bob"]]);
  });
});

describe("watch", () => {
  it("learns of a match that is over, of one to come, and of no ticket that ended otherwise", async () => {
    const ports = shared();
    const { matchmaker } = await world({ queues, ...ports }, { seed: 1 });
    const api = await world({ queues, ...ports }, { start: false, seed: 2 });
    const ann = await matchmaker.join("classic", solo("ann"));
    const early = api.matchmaker.watch(ann.id);
    const match = await matchmaker.find("classic", solo("bob"));
    expect(await early).toEqual(match);
    expect(await api.matchmaker.watch(ann.id)).toEqual(match);
    const cid = await matchmaker.join("classic", solo("cid"));
    await matchmaker.leave(cid.id);
    await expect(api.matchmaker.watch(cid.id)).rejects.toMatchObject({ code: "TICKET_LEFT" });
    await expect(api.matchmaker.watch("classic.global.never")).rejects.toMatchObject({
      code: "TICKET_UNKNOWN",
    });
    await expect(api.matchmaker.watch("nonsense")).rejects.toMatchObject({ code: "TICKET_UNKNOWN" });
  });

  it("goes on where the store went back between the ticket and the match that it had named", async () => {
    const ports = shared();
    const { matchmaker } = await world({ queues, ...ports }, { seed: 1 });
    const ann = await matchmaker.join("classic", solo("ann"));
    const { tickets } = ports;
    const read = tickets.read.bind(tickets);
    const lost = { state: "matched", matchId: "classic.global.lost" } as const;
    tickets.read = async (queries, options) => {
      tickets.read = read;
      return (await read(queries, options)).map(
        (status) => status && ({ ...status, ...lost } as TicketStatus),
      );
    };
    const api = await world({ queues, ...ports }, { start: false, seed: 2 });
    const watching = api.matchmaker.watch(ann.id);
    await ports.clock.advance(1);
    const match = await matchmaker.find("classic", solo("bob"));
    expect(await watching).toEqual(match);
  });

  it("stops with its signal and leaves the ticket as it is", async () => {
    const { matchmaker, clock } = await world({ queues });
    const ann = await matchmaker.join("classic", solo("ann"));
    const given = new AbortController();
    const watched = matchmaker.watch(ann.id, { signal: given.signal });
    await clock.settle();
    given.abort(new Error("enough"));
    await expect(watched).rejects.toThrow("enough");
    expect((await matchmaker.ticketOf("ann", { queue: "classic" }))?.state).toBe("waiting");
  });
});

describe("matches()", () => {
  it("yields what is announced, of one queue, until the signal", async () => {
    const { matchmaker, clock } = await world({ queues: { ...queues, fifo: new Fifo() } });
    const given = new AbortController();
    const seen: string[] = [];
    const loop = (async () => {
      for await (const match of matchmaker.matches({ queue: "fifo", signal: given.signal }))
        seen.push(teamsOf(match).flat().join());
    })();
    await clock.settle();
    for (const queue of ["classic", "fifo"] as const) {
      void matchmaker.join(queue, solo("ann"));
      await matchmaker.find(queue, solo("bob"));
    }
    await clock.settle();
    given.abort();
    await loop;
    expect(seen).toEqual(["ann,bob"]);
  });

  it("shares matches in a group, each to one, and what nobody took goes to the next member", async () => {
    const ports = shared();
    const { matchmaker } = await world({ queues, ...ports });
    const seen: string[] = [];
    const given = new AbortController();
    const member = async (name: string): Promise<void> => {
      for await (const match of matchmaker.matches({ group: "rooms", signal: given.signal })) {
        seen.push(match.id);
        if (name === "one") break;
      }
    };
    const one = member("one");
    await ports.clock.settle();
    const ids: string[] = [];
    for (let pair = 0; pair < 5; pair++) {
      void matchmaker.join("classic", solo(`a${pair}`));
      ids.push((await matchmaker.find("classic", solo(`b${pair}`))).id);
    }
    await one;
    const two = member("two");
    await ports.clock.settle();
    given.abort();
    await two;
    expect(new Set(seen)).toEqual(new Set(ids));
  });

  it("ends a loop that is too slow, with a word", async () => {
    const { matchmaker, clock } = await world({ queues });
    const loop = matchmaker.matches({ buffer: 2 });
    for (let pair = 0; pair < 4; pair++) {
      void matchmaker.join("classic", solo(`a${pair}`));
      await matchmaker.find("classic", solo(`b${pair}`));
    }
    await clock.settle();
    const taken = async (): Promise<number> => {
      let count = 0;
      for await (const match of loop) count += match.teams.length / 2;
      return count;
    };
    await expect(taken()).rejects.toMatchObject({ code: "LISTENER_TOO_SLOW" });
  });
});

describe("close", () => {
  it("lets what is under way end, rejects who waits, and takes nothing more", async () => {
    const { matchmaker, clock } = await world({ queues });
    // Nothing that comes after the first call of its kind has to connect.
    await matchmaker.leave((await matchmaker.join("classic", solo("eve"))).id);
    const ann = matchmaker.find("classic", solo("ann", 1500));
    const bob = matchmaker.find("classic", solo("bob", 1500));
    const cid = matchmaker.find("classic", solo("cid", 9000));
    const rejected = expect(cid).rejects.toMatchObject({ code: "CLOSED" });
    await matchmaker.close();
    expect((await ann).id).toBe((await bob).id);
    await rejected;
    expect(matchmaker.health().status).toBe("closed");
    await expect(matchmaker.join("classic", solo("dan"))).rejects.toMatchObject({ code: "CLOSED" });
    await expect(matchmaker.leave("x")).rejects.toMatchObject({ code: "CLOSED" });
    await expect(matchmaker.start()).rejects.toMatchObject({ code: "CLOSED" });
    expect(() => matchmaker.matches()).toThrow(EvenmatchError);
    expect(clock.pending).toBe(0);
  });

  it("does not wait for a store that is silent longer than 5 s", async () => {
    const tickets = new MemoryTicketStore();
    let isSilent = false;
    const silent: TicketStore = {
      submit: (requests, options) => (isSilent ? new Promise(() => {}) : tickets.submit(requests, options)),
      decide: (lease, decisions, options) =>
        isSilent ? new Promise(() => {}) : tickets.decide(lease, decisions, options),
      own: (names, options) => tickets.own(names, options),
      read: (queries, options) => (isSilent ? new Promise(() => {}) : tickets.read(queries, options)),
      ask: (pool, question, options) => tickets.ask(pool, question, options),
      time: () => tickets.time(),
    };
    const { matchmaker, clock } = await world({ queues, tickets: silent });
    await matchmaker.join("classic", solo("ann"));
    isSilent = true;
    const hangs = matchmaker.join("classic", solo("bob"));
    const rejected = expect(hangs).rejects.toMatchObject({ code: "CLOSED" });
    const closed = matchmaker.close();
    await clock.advance(5_000);
    await closed;
    await rejected;
  });

  it("is what `await using` calls", async () => {
    const { matchmaker } = await world({ queues });
    await matchmaker[Symbol.asyncDispose]();
    expect(matchmaker.health().status).toBe("closed");
  });
});

describe("listeners", () => {
  it("that throw or reject are reported and hurt nobody", async () => {
    const { matchmaker, clock, problems } = await world({ queues });
    const seen: string[] = [];
    matchmaker.on("match", () => {
      throw new Error("oops");
    });
    matchmaker.on("match", () => Promise.reject(new Error("later")));
    const remove = matchmaker.on("match", ({ id }) => seen.push(id));
    void matchmaker.join("classic", solo("ann"));
    const match = await matchmaker.find("classic", solo("bob"));
    await clock.settle();
    expect(seen).toEqual([match.id]);
    expect(problems).toEqual(["LISTENER_FAILED", "LISTENER_FAILED"]);
    remove();
    void matchmaker.join("classic", solo("cid"));
    await matchmaker.find("classic", solo("dan"));
    expect(seen).toEqual([match.id]);
  });

  it("hear of passes with what they saw and did", async () => {
    const { matchmaker, clock } = await world({ queues });
    const passes: unknown[] = [];
    matchmaker.on("pass", ({ data, pool }) =>
      passes.push([
        pool.region,
        data.cause,
        data.waiting,
        data.dirty.length,
        data.proposals.length,
        data.won.length,
      ]),
    );
    await matchmaker.join("classic", solo("ann", 1500, "eu"));
    await matchmaker.join("classic", solo("bob", 1500, "eu"));
    await clock.settle();
    expect(passes).toEqual([
      ["eu", "gained", 0, 0, 0, 0],
      ["eu", "change", 1, 1, 0, 0],
      ["eu", "change", 2, 1, 1, 1],
    ]);
  });
});

describe("with nobody who owns pools", () => {
  it("joins wait, questions say so, and a worker that comes later serves them", async () => {
    const ports = shared();
    const api = await world({ queues, ...ports }, { start: false });
    const found = api.matchmaker.find("classic", solo("ann"));
    await api.matchmaker.join("classic", solo("bob"));
    const ticket = (await api.matchmaker.ticketOf("ann", { queue: "classic" }))?.ticket;
    await expect(api.matchmaker.explain(ticket?.id as string)).rejects.toMatchObject({
      code: "NO_OWNER",
      retryable: true,
    });
    await expect(api.matchmaker.estimate("classic", { rating: 1 })).rejects.toMatchObject({
      code: "NO_OWNER",
    });
    await world({ queues, ...ports }, { seed: 2 });
    expect(teamsOf(await found)).toEqual([["ann"], ["bob"]]);
  });

  it("explain says that the strategy cannot", async () => {
    const silent = defineStrategy({ propose: () => [] });
    const { matchmaker } = await world({ queues: { classic: silent } });
    const { id } = await matchmaker.join("classic", solo("ann"));
    await expect(matchmaker.explain(id)).rejects.toMatchObject({ code: "NOT_AVAILABLE" });
    await expect(matchmaker.explain("nonsense")).rejects.toMatchObject({ code: "TICKET_UNKNOWN" });
  });
});

describe("on", () => {
  it("refuses a listener that cannot be called", async () => {
    const { matchmaker } = await world({ queues });
    expect(() => matchmaker.on("match", undefined as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }),
    );
  });
});

describe("health", () => {
  it("stays degraded while one port fails, however well the others answer, and each outage is reported once", async () => {
    const matches = new MemoryMatchStore();
    let isDown = true;
    const save: MatchStore["save"] = (...args) =>
      isDown ? Promise.reject(new Error("disk full")) : MemoryMatchStore.prototype.save.apply(matches, args);
    const { matchmaker, clock, problems } = await world({
      queues,
      matches: Object.assign(matches, { save }),
    });
    await Promise.all([
      matchmaker.find("classic", solo("ann")),
      matchmaker.find("classic", solo("bob")),
      clock.advance(1),
    ]);
    for (const id of ["cid", "dee", "eve"]) {
      await matchmaker.join("classic", solo(id, 1_000));
      await clock.advance(500);
      expect(matchmaker.health()).toMatchObject({ status: "degraded" });
    }
    expect(problems).toEqual(["STORE_UNAVAILABLE"]);
    isDown = false;
    await clock.advance(5_000);
    expect(matchmaker.health()).toMatchObject({ status: "ready", problem: undefined });
  });
});

describe("polling", () => {
  it("there is none: with 1,000 waiting and ten seconds of a clock on which nothing is due, the store is not called", async () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const tickets = new Proxy(new MemoryTicketStore({ clock }), {
      get(store, name: keyof MemoryTicketStore) {
        const method = store[name] as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          calls.push(name);
          return method.apply(store, args);
        };
      },
    });
    const { matchmaker } = await world({ queues, tickets, events: new MemoryEventBus(), clock });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        matchmaker.join("classic", solo(`p${index}`, 1_000 * index)),
      ),
    );
    await clock.settle();
    expect(calls.filter((name) => name !== "submit")).toEqual(["time", "own"]);
    calls.length = 0;
    await clock.advance(10_000);
    expect(matchmaker.health().waiting).toBe(1_000);
    expect(calls).toEqual([]);
    // What an owner did not live to tell is found out once in 30 s, in one call.
    await clock.advance(50_000);
    expect(calls).toEqual(["read", "read"]);
  });

  it("over a bus that may lose events, it is one lookup of the watched tickets a second", async () => {
    const clock = new ManualClock();
    const calls: number[] = [];
    class Store extends MemoryTicketStore {
      override read(
        ...[queries, options]: Parameters<MemoryTicketStore["read"]>
      ): ReturnType<MemoryTicketStore["read"]> {
        calls.push(queries.length);
        return super.read(queries, options);
      }
    }
    class Bus extends MemoryEventBus {
      override readonly delivery = "at-most-once" as "at-least-once";
    }
    const { matchmaker } = await world({ queues, tickets: new Store({ clock }), events: new Bus(), clock });
    await Promise.all(
      Array.from({ length: 1_000 }, (_, index) =>
        matchmaker.join("classic", solo(`p${index}`, 1_000 * index)),
      ),
    );
    await clock.advance(10_000);
    expect(calls).toEqual(Array.from({ length: 10 }, () => 1_000));
  });
});

describe("options", () => {
  it.each([
    ["no queues", { queues: {} }],
    ["a queue that is no strategy", { queues: { classic: {} } }],
    ["a queue's name with a dot", { queues: { "a.b": new Fifo() } }],
    ["an unknown setting", { queues: { classic: { strategy: new Fifo(), wavems: 1 } } }],
    ["a wave of nothing", { queues: { classic: { strategy: new Fifo(), waveMs: 0 } } }],
    ["half a millisecond", { queues: { classic: { strategy: new Fifo(), ticketTtlMs: 0.5 } } }],
    ["a ready check without time", { queues: { classic: { strategy: new Fifo(), acceptance: {} } } }],
    [
      "an allocator that is none",
      { queues: { classic: { strategy: new Fifo(), allocator: { allocate: 7 } } } },
    ],
    ["a full pool from the start", { queues: { classic: { strategy: new Fifo(), maxWaiting: 0 } } }],
    ["an unknown option", { queues, ticket: 1 }],
    ["nothing", undefined],
  ])("refuse %s", (_what, options) => {
    expect(() => new Matchmaker(options as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS", retryable: false }),
    );
  });

  it.each([-1, Number.NaN, Infinity, "100", undefined])("of OneVsOne refuse the gap %s", (maxRatingGap) => {
    expect(() => new OneVsOne({ maxRatingGap: maxRatingGap as number })).toThrow(
      /maxRatingGap is a finite number of 0 or more/,
    );
  });

  it.each([[{ teams: 1 }], [{ teams: 1.5 }], [{ teamSize: 0 }], [{ size: 1 }], [null]])(
    "of Fifo refuse %j",
    (options) => {
      expect(() => new Fifo(options as never)).toThrow(EvenmatchError);
    },
  );
});

describe("once", () => {
  it("is how often a process hears of a match, however often its tickets are watched", async () => {
    const ports = shared();
    const { matchmaker } = await world({ queues, ...ports }, { seed: 1 });
    const api = await world({ queues, ...ports }, { start: false, seed: 2 });
    const told: string[] = [];
    for (const [name, one] of Object.entries({ matchmaker, api: api.matchmaker }))
      one.on("match", () => told.push(name));
    const ann = await matchmaker.join("classic", solo("ann"));
    const match = await matchmaker.find("classic", solo("bob"));
    for (const one of [matchmaker, api.matchmaker, api.matchmaker])
      expect(await one.watch(ann.id)).toEqual(match);
    await ports.clock.settle();
    expect(told).toEqual(["matchmaker", "api"]);
  });

  it("is how often it hears of a match that was made before it repeated a join", async () => {
    const ports = shared();
    const { matchmaker } = await world({ queues, ...ports }, { seed: 1 });
    const api = await world({ queues, ...ports }, { start: false, seed: 2 });
    const told: string[] = [];
    api.matchmaker.on("match", ({ id }) => told.push(id));
    await matchmaker.join("classic", solo("ann"), { requestId: "r1" });
    const match = await matchmaker.find("classic", solo("bob"));
    for (let again = 0; again < 2; again++)
      await api.matchmaker.join("classic", solo("ann"), { requestId: "r1" });
    await ports.clock.settle();
    expect(told).toEqual([match.id]);
  });

  it("is how often the owner of a pool hears of each join, the first of a pool included", async () => {
    const { matchmaker, clock } = await world({ queues });
    const joined: string[] = [];
    matchmaker.on("ticket.joined", ({ data }) => joined.push(data.ticket.players[0]?.id as string));
    await matchmaker.join("classic", solo("ann", 1_000));
    await matchmaker.join("classic", solo("bob", 2_000));
    await clock.settle();
    expect(joined).toEqual(["ann", "bob"]);
  });
});

describe("a call that its caller gives up", () => {
  it("rejects with the reason, whichever it is", async () => {
    const { matchmaker } = await world({ queues });
    const ticket = await matchmaker.join("classic", solo("ann"));
    const signal = AbortSignal.abort(new Error("enough"));
    const calls = [
      matchmaker.leave("x.y.z", { signal }),
      matchmaker.accept("x.y.z", "ann", { signal }),
      matchmaker.decline("x.y.z", "ann", { signal }),
      matchmaker.heartbeat([ticket.id], { signal }),
      matchmaker.ticketOf("ann", { queue: "classic", signal }),
      matchmaker.matchOf("x.y.z", { signal }),
      matchmaker.explain(ticket.id, { signal }),
      matchmaker.estimate("classic", { rating: 1, signal }),
      matchmaker.watch(ticket.id, { signal }),
    ];
    for (const call of calls) await expect(call).rejects.toThrow("enough");
  });

  it("is not made for a ticket that never was", async () => {
    const { matchmaker } = await world({ queues });
    await expect(matchmaker.explain("classic.global.never")).rejects.toMatchObject({
      code: "TICKET_UNKNOWN",
    });
    expect(await matchmaker.leave(7 as unknown as string)).toBe("unknown");
  });
});
