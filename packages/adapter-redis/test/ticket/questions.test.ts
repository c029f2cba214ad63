import { getEventListeners } from "node:events";
import { systemClock } from "@evenmatch/core";
import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis } from "ioredis";
import { describe, expect, it, vi } from "vitest";
import type { RedisServer } from "../../src/connection/server.js";
import type { RedisLike } from "../../src/index.js";
import { Keys } from "../../src/ticket/keys.js";
import { Questions } from "../../src/ticket/questions.js";
import { placeOn, quiet, ticketStoreSubject } from "./subject.js";
import { NOW, POOL, ticket } from "./worker.js";

/** A client that waits before it reads a stream from its beginning, which whoever takes a pool over does last. */
function slowClient(url: string): { client: RedisLike; reads: Promise<void>; goOn: () => void } {
  const client: RedisLike = quiet(new Redis(url));
  const call = client.call.bind(client);
  let [begin, goOn] = [(): void => {}, (): void => {}];
  const reads = new Promise<void>((resolve) => (begin = resolve));
  const wait = new Promise<void>((resolve) => (goOn = resolve));
  client.call = async (command, args) => {
    if (command === "xrange") {
      begin();
      await wait;
    }
    return call(command, args);
  };
  return { client, reads, goOn };
}

/** A client whose copies, on which streams are read, can be made to wait before they read again. */
function heldClient(url: string): { client: RedisLike; hold: () => Promise<void>; goOn: () => void } {
  const client: RedisLike = quiet(new Redis(url));
  const duplicate = client.duplicate.bind(client);
  let [gate, isHeld, goOn] = [Promise.resolve(), (): void => {}, (): void => {}];
  client.duplicate = (...given) => {
    const line = duplicate(...given);
    const call = line.call.bind(line);
    line.call = async (command, args) => {
      isHeld();
      await gate;
      return call(command, args);
    };
    return line;
  };
  const hold = (): Promise<void> => {
    gate = new Promise((resolve) => (goOn = resolve));
    return new Promise((resolve) => (isHeld = resolve));
  };
  return { client, hold, goOn: () => goOn() };
}

describe("a question", () => {
  it("that the owner has not read when it throws away what it told is answered", async () => {
    const server = sharedRedis();
    const held = heldClient(server.url);
    const isHeld = { next: false };
    const place = placeOn(server, () => (isHeld.next ? held.client : quiet(new Redis(server.url))));
    const subject = ticketStoreSubject(place, { leaseMs: 3_000 });
    const stop = new AbortController();
    try {
      const store = subject.store();
      await store.submit([{ type: "join", ticket: ticket("a") }], { now: NOW });
      isHeld.next = true;
      const events = subject.store().own([POOL.queue], { signal: stop.signal });
      let isGained = false;
      const running = (async () => {
        for await (const event of events) {
          isGained ||= event.type === "gained";
          if (event.type === "asked") event.reply({ type: "none" });
        }
      })();
      await expect.poll(() => isGained).toBe(true);
      await held.hold();
      const answer = store.ask(POOL, { type: "estimate", rating: 1_500 }, {});
      const said = answer.catch(() => "unheard");
      const pool = `{${subject.prefix}:duel}:pool:eu`;
      for (let beats = 0; beats < 2; beats++) {
        const before = await subject.admin.call("hget", [pool, "until"]);
        await expect.poll(() => subject.admin.call("hget", [pool, "until"])).not.toBe(before);
      }
      held.goOn();
      expect(await said).toEqual({ type: "none" });
      stop.abort();
      await running;
    } finally {
      held.goOn();
      stop.abort();
      await subject.close();
    }
  });

  it("that nobody answers for a minute is given up", async () => {
    let now = 0;
    const clock = {
      now: () => now,
      stopwatch: () => now,
      at: (when: number, run: () => void) => {
        const soon = setImmediate(() => {
          now = Math.max(now, when);
          run();
        });
        return () => clearImmediate(soon);
      },
    };
    const run = (script: { name: string }): Promise<string> =>
      Promise.resolve(script.name === "ask" ? "7" : "");
    const questions = new Questions({ clock, run } as unknown as RedisServer, new Keys("p"), "asker");
    const answer = questions.ask(POOL, { type: "estimate", rating: 1_500 }, undefined);
    await expect(answer).rejects.toMatchObject({ code: "NO_OWNER", retryable: true });
    expect(now).toBeGreaterThanOrEqual(60_000);
  });

  it("leaves no more than one listener on the signal that came with it, however many there were, and no other signal", async () => {
    const any = vi.spyOn(AbortSignal, "any");
    const run = (script: { name: string }): Promise<string> =>
      Promise.resolve(script.name === "ask" ? "7" : '{"type":"none"}');
    const server = { clock: systemClock(), run } as unknown as RedisServer;
    const questions = new Questions(server, new Keys("p"), "asker");
    const { signal } = new AbortController();
    for (let asked = 0; asked < 3; asked++)
      await questions.ask(POOL, { type: "estimate", rating: 1_500 }, signal);
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    expect(any).not.toHaveBeenCalled();
    any.mockRestore();
  });

  it("that comes while the pool is taken over is answered", async () => {
    const server = sharedRedis();
    const slow = slowClient(server.url);
    const isSlow = { next: false };
    const place = placeOn(server, () => (isSlow.next ? slow.client : quiet(new Redis(server.url))));
    const subject = ticketStoreSubject(place);
    const stop = new AbortController();
    try {
      const store = subject.store();
      await store.submit([{ type: "join", ticket: ticket("a") }], { now: NOW });
      isSlow.next = true;
      const events = subject.store().own([POOL.queue], { signal: stop.signal });
      const running = (async () => {
        for await (const event of events) if (event.type === "asked") event.reply({ type: "none" });
      })();
      await slow.reads;
      const changes = `{${subject.prefix}:duel}:changes:eu`;
      const before = await subject.admin.call("xlen", [changes]);
      const answer = store.ask(POOL, { type: "estimate", rating: 1_500 }, {});
      await expect.poll(() => subject.admin.call("xlen", [changes])).toBe(Number(before) + 1);
      slow.goOn();
      await expect(answer).resolves.toEqual({ type: "none" });
      stop.abort();
      await running;
    } finally {
      stop.abort();
      await subject.close();
    }
  });
});
