import { sharedRedis } from "@evenmatch/services/vitest";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import type { RedisLike } from "../../src/index.js";
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

describe("a question", () => {
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
