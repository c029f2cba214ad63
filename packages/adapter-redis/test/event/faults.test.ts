import { startProxy } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, once, seqs } from "@evenmatch/services/vitest/adapter";
import { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import { redisEventBus, type RedisEventBusOptions } from "../../src/index.js";
import { EventsSubject, insist, quiet, until } from "./subject.js";

const KINDS = ["at-least-once", "at-most-once"] as const;

describe("events in streams", () => {
  it("are there once or twice where the answer to publish was lost, and the caller is told that it is not known", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const { heard } = await subject.listen(subject.bus());
    await using proxy = await startProxy(subject.url);
    // A client that leaves it to the caller to send again.
    const client = quiet(new Redis(proxy.urlOf(subject.url), { maxRetriesPerRequest: 0 }));
    const publisher = subject.busOf(client);
    await publisher.publish([event(0)], {});
    const unknown = proxy.loseAnswer({ of: (request) => request.includes("m1") });
    await expect(publisher.publish([event(1)], {})).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      retryable: true,
    });
    await unknown;
    await insist(() => publisher.publish([event(1)], {}));
    const undone = proxy.loseRequest({ of: (request) => request.includes("m2") });
    await expect(publisher.publish([event(2)], {})).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await undone;
    await insist(() => publisher.publish([event(2)], {}));
    await until(() => seqs(heard).includes(2));
    expect(seqs(heard)).toEqual([0, 1, 1, 2]);
  });

  it("are neither missed nor repeated through connections that are cut and networks that stall", async () => {
    await using subject = new EventsSubject(sharedRedis());
    await using proxy = await startProxy(subject.url);
    const away = subject.busAt(proxy.urlOf(subject.url), { timeoutMs: 3_000 });
    const { heard } = await subject.listen(away);
    const { heard: shared } = await subject.listen(away, { group: "g" });
    const publisher = subject.bus();
    for (let round = 0; round < 20; round++) {
      await publisher.publish(events(5 * round, 5 * round + 5), {});
      if (round % 5 === 1) proxy.cut();
      if (round % 5 === 2) proxy.stall();
      if (round % 5 !== 4) continue;
      await proxy.restore();
      await until(() => heard.length >= 5 * round + 5);
    }
    await until(() => seqs(shared).includes(99));
    expect(seqs(heard)).toEqual(numbers(0, 100));
    // A group may get again what it was done with and could not say.
    expect(once(seqs(shared))).toEqual(numbers(0, 100));
  });

  it("are read again where the network forgot a connection and told nobody", async () => {
    await using subject = new EventsSubject(sharedRedis());
    await using proxy = await startProxy(subject.url);
    const away = subject.busAt(proxy.urlOf(subject.url), { timeoutMs: 3_000 });
    const listeners = [await subject.listen(away), await subject.listen(away, { group: "g" })];
    const publisher = subject.bus();
    await publisher.publish([event(0)], {});
    await until(() => listeners.every(({ heard }) => heard.length > 0));
    proxy.forget();
    await publisher.publish([event(1)], {});
    await until(() => listeners.every(({ heard }) => seqs(heard).includes(1)));
    await proxy.restore();
    expect(listeners.map(({ heard }) => once(seqs(heard)))).toEqual([
      [0, 1],
      [0, 1],
    ]);
  });

  it("that nobody reads in time are left out, and who missed them is told in their place", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const told: string[] = [];
    const options: RedisEventBusOptions = { maxLength: 100, onError: ({ code }) => told.push(code) };
    await using proxy = await startProxy(subject.url);
    const away = subject.busAt(proxy.urlOf(subject.url), { ...options, timeoutMs: 3_000 });
    const { heard } = await subject.listen(away);
    const member = await subject.listen(away, { group: "g" });
    const publisher = subject.bus(options);
    await publisher.publish([event(0)], {});
    await until(() => heard.length > 0 && member.heard.length > 0);
    await proxy.refuse();
    proxy.cut();
    for (let round = 0; round < 10; round++)
      await publisher.publish(events(1 + 100 * round, 101 + 100 * round), {});
    expect(await subject.admin.xlen(subject.log())).toBeLessThan(250);
    await proxy.accept();
    await until(() => [heard, member.heard].every((one) => seqs(one).includes(1_000)));
    for (const [first, notice, next, ...rest] of [seqs(heard), seqs(member.heard)]) {
      expect([first, notice]).toEqual([0, -1]);
      expect(next).toBeGreaterThan(700);
      expect([next, ...rest]).toEqual(numbers(next!, 1_001));
    }
    expect(told.filter((code) => code === "LISTENER_TOO_SLOW")).toHaveLength(2);
  });

  it("wait in the server for a handler that is slower than they come, in bounded memory", async () => {
    await using subject = new EventsSubject(sharedRedis());
    let go = (): void => {};
    const stuck = new Promise<void>((resolve) => (go = resolve));
    const bus = subject.bus();
    const slow = await subject.listen(bus, { handle: () => stuck });
    const quick = await subject.listen(bus);
    for (let round = 0; round < 15; round++)
      await bus.publish(events(1_000 * round, 1_000 * (round + 1)), {});
    await until(() => quick.heard.length === 15_000);
    go();
    await until(() => slow.heard.length >= 15_000);
    await bus.publish(events(15_000, 15_010), {});
    await until(() => seqs(slow.heard).includes(15_009));
    for (const { heard } of [slow, quick]) expect(seqs(heard)).toEqual(numbers(0, 15_010));
  });

  it("that the server no longer keeps for a slow handler are left out, and it is told in their place", async () => {
    await using subject = new EventsSubject(sharedRedis());
    let go = (): void => {};
    const stuck = new Promise<void>((resolve) => (go = resolve));
    const bus = subject.bus({ maxLength: 2_000 });
    const slow = await subject.listen(bus, { handle: () => stuck });
    const quick = await subject.listen(bus);
    for (let round = 0; round < 20; round++) {
      await bus.publish(events(1_000 * round, 1_000 * (round + 1)), {});
      await until(() => quick.heard.length === 1_000 * (round + 1));
    }
    go();
    await until(() => seqs(slow.heard).includes(19_999));
    await bus.publish([event(20_000)], {});
    await until(() => seqs(slow.heard).includes(20_000));
    const all = seqs(slow.heard);
    const at = all.indexOf(-1);
    expect(all.slice(0, at)).toEqual(numbers(0, at));
    expect(at).toBeGreaterThanOrEqual(10_000);
    expect(all[at + 1]).toBeGreaterThan(17_000);
    expect(all.slice(at + 1)).toEqual(numbers(all[at + 1]!, 20_001));
  });

  it("come from as many streams as everybody has agreed on", async () => {
    await using subject = new EventsSubject(sharedRedis());
    await subject.bus({ streams: 2 }).publish([event(0)], {});
    const other = subject.bus({ streams: 3 });
    const refused = { code: "STORE_MISCONFIGURED", retryable: false };
    await expect(other.publish([event(1)], {})).rejects.toMatchObject(refused);
    await expect(other.subscribe(() => {}, {})).rejects.toMatchObject(refused);
    await subject.listen(subject.bus({ streams: 2 }));
  });
});

describe("events by pub/sub", () => {
  it("are heard again after the connection was cut, and after the network forgot it and told nobody", async () => {
    await using subject = new EventsSubject(sharedRedis());
    await using proxy = await startProxy(subject.url);
    const delivery = "at-most-once";
    const client = quiet(new Redis(proxy.urlOf(subject.url), { socketTimeout: 300 }));
    const away = subject.busOf(client, { delivery, clock: hurried(), timeoutMs: 100_000 });
    const { heard } = await subject.listen(away);
    const publisher = subject.bus({ delivery });
    let next = 0;
    const hears = async (): Promise<void> => {
      const before = heard.length;
      await until(async () => {
        await publisher.publish([event(next++)], {});
        return heard.length > before;
      });
    };
    await hears();
    proxy.cut();
    await hears();
    proxy.forget();
    await hears();
    await proxy.restore();
    await hears();
    expect(once(seqs(heard))).toEqual(seqs(heard));
  });

  it("are left out where a handler is too slow for them, and it is told", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const bus = subject.bus({ delivery: "at-most-once" });
    let go = (): void => {};
    const stuck = new Promise<void>((resolve) => (go = resolve));
    const slow = await subject.listen(bus, { handle: () => stuck });
    const quick = await subject.listen(bus);
    for (let round = 0; round < 25; round++)
      await bus.publish(events(1_000 * round, 1_000 * (round + 1)), {});
    await until(() => quick.heard.length === 25_000);
    go();
    await until(() => seqs(slow.heard).includes(24_999));
    expect(seqs(slow.heard).filter((seq) => seq === -1)).toHaveLength(1);
    expect(slow.heard.length).toBeLessThan(25_000);
  });

  it("that are no events are told of once, and the others are heard", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const told: string[] = [];
    const bus = subject.bus({ delivery: "at-most-once", onError: ({ code }) => told.push(code) });
    const { heard } = await subject.listen(bus);
    const channel = `{${subject.prefix}:events:0}:channel`;
    for (const text of ["no JSON", '{"v":2,"type":"match.dreamt","data":{}}'])
      await subject.admin.publish(channel, text);
    await bus.publish([event(0)], {});
    await until(() => heard.length > 0);
    expect([seqs(heard), told]).toEqual([[0], ["INVALID_REQUEST"]]);
  });
});

describe.each(KINDS)("a bus that delivers %s", (delivery) => {
  it("shares a client with another, closes what it opened, and leaves the client to the application", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const client = quiet(new Redis(subject.url));
    const name = `shared-${subject.prefix}`;
    await client.client("SETNAME", name);
    const before = (await subject.admin.client("LIST")) as string;
    const [one, two] = [subject.busOf(client, { delivery }), subject.busOf(client, { delivery })];
    const listeners = [await subject.listen(one), await subject.listen(two)];
    await Promise.all(numbers(0, 50).map((seq) => (seq % 2 ? one : two).publish([event(seq)], {})));
    await until(() => listeners.every(({ heard }) => heard.length >= 50));
    for (const { heard } of listeners) expect(seqs(heard).sort((a, b) => a - b)).toEqual(numbers(0, 50));
    await one.close();
    await two.publish([event(50)], {});
    await until(() => seqs(listeners[1]!.heard).includes(50));
    expect(seqs(listeners[0]!.heard)).not.toContain(50);
    await two.close();
    expect(await client.ping()).toBe("PONG");
    expect(before).toContain(name);
  });

  it("gives up a call whose signal aborts, and sends nothing of it that has not begun", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const { heard } = await subject.listen(subject.bus({ delivery }));
    await using proxy = await startProxy(subject.url);
    const bus = subject.busAt(proxy.urlOf(subject.url), { delivery });
    await bus.publish([event(-2)], {});
    proxy.stall();
    const reason = new Error("no longer needed");
    const [begun, waiting] = [new AbortController(), new AbortController()];
    const first = bus.publish([event(0)], { signal: begun.signal });
    // The first call is under way; this one waits for it.
    await new Promise((resolve) => setImmediate(resolve));
    const second = bus.publish([event(1)], { signal: waiting.signal });
    begun.abort(reason);
    waiting.abort(reason);
    for (const call of [first, second]) await expect(call).rejects.toBe(reason);
    await expect(bus.subscribe(() => {}, { signal: waiting.signal })).rejects.toBe(reason);
    await proxy.restore();
    await bus.publish([event(3)], {});
    await until(() => seqs(heard).includes(3));
    expect(seqs(heard)).not.toContain(1);
  });

  it("that is closed says so, and hears nothing more", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const bus = subject.bus({ delivery });
    const { heard } = await subject.listen(bus);
    const late = bus.subscribe(() => {}, {});
    const outcome = late.then(
      ({ close }) => close(),
      (error: unknown) => error,
    );
    await bus.close();
    await bus[Symbol.asyncDispose]();
    await outcome;
    await expect(bus.publish([event(0)], {})).rejects.toMatchObject({ code: "CLOSED" });
    await expect(bus.subscribe(() => {}, {})).rejects.toMatchObject({ code: "CLOSED" });
    await expect(bus.dropGroup("g")).rejects.toMatchObject({ code: "CLOSED" });
    await subject.bus({ delivery }).publish([event(1)], {});
    expect(heard).toEqual([]);
  });

  it("tells of an outage once when it begins, and works when it is over", async () => {
    await using subject = new EventsSubject(sharedRedis());
    await using proxy = await startProxy(subject.url);
    const told: string[] = [];
    const onError = ({ code }: { code: string }) => void told.push(code);
    const clock =
      delivery === "at-most-once" ? { clock: hurried(), timeoutMs: 100_000 } : { timeoutMs: 3_000 };
    const away = subject.busAt(proxy.urlOf(subject.url), { delivery, onError, ...clock });
    const { heard } = await subject.listen(away);
    await proxy.refuse();
    proxy.cut();
    await until(() => told.length > 0);
    await expect(away.publish([event(0)], {})).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    await proxy.accept();
    await until(async () => {
      await away.publish([event(1)], {}).catch(() => {});
      return seqs(heard).includes(1);
    });
    expect(told).toEqual(["STORE_UNAVAILABLE"]);
  });

  it.each([
    { delivery: "exactly-once" as never },
    { leaseMs: 1.5 },
    { maxLength: 0 },
    { streams: 65 },
    { prefix: "a{b}" },
    { timeoutMs: -1 },
  ])("refuses %j", (options) => {
    expect(() => redisEventBus("redis://127.0.0.1:1", { delivery, ...options })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTIONS" }) as Error,
    );
  });
});
