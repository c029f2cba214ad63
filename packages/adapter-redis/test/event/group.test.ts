import type { BusEvent } from "@evenmatch/core";
import { startProxy } from "@evenmatch/services";
import { sharedRedis } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { describe, expect, it } from "vitest";
import { startMember } from "./process.js";
import { EventsSubject, until } from "./subject.js";

describe("a group on Redis", () => {
  const groupOf = (subject: EventsSubject): Promise<Record<string, string>> =>
    subject.admin.hgetall(`{${subject.prefix}:events:0}:group:g`);

  it("gets again, in order, what a member had begun that was killed with -9", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const bus = subject.bus();
    await using killed = await startMember(subject, "g", "hangs");
    await bus.publish(events(0, 3), {});
    await until(() => killed.began.length > 0);
    await killed.kill();
    await bus.publish(events(3, 5), {});
    await using next = await startMember(subject, "g", "finishes");
    await until(() => next.finished.includes(4));
    expect(next.finished).toEqual([0, 1, 2, 3, 4]);
    await next.kill();
    // Nobody is left, and nothing of it is lost.
    await bus.publish(events(5, 7), {});
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(6));
    expect(seqs(heard).filter((seq) => seq >= 5)).toEqual([5, 6]);
  });

  it("waits for a member that takes long, and gives nobody else its events", async () => {
    await using subject = new EventsSubject(sharedRedis());
    let finish = (): void => {};
    const stuck = new Promise<void>((resolve) => (finish = resolve));
    // It renews its lease of a minute every 200 ms.
    const options = { leaseMs: 60_000, clock: hurried(10_000) };
    const slow = await subject.listen(subject.bus(options), { group: "g", handle: () => stuck });
    await subject.bus().publish(events(0, 2), {});
    await until(() => slow.heard.length > 0);
    const other = await subject.listen(subject.bus({ leaseMs: 60_000 }), { group: "g" });
    // Its lease is renewed again and again, for longer than it was given at first.
    const renewed = new Set<string | undefined>();
    await until(async () => renewed.add((await groupOf(subject))["until"]).size > 4);
    await subject.bus().publish([event(2)], {});
    finish();
    await until(() => [...slow.heard, ...other.heard].length >= 3);
    expect([seqs(slow.heard).slice(0, 2), seqs([...slow.heard, ...other.heard])]).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
  });

  it("refuses what a member acknowledges that was cut off until another took over", async () => {
    await using subject = new EventsSubject(sharedRedis());
    await using proxy = await startProxy(subject.url);
    const away = subject.busAt(proxy.urlOf(subject.url), { leaseMs: 200, timeoutMs: 3_000 });
    let finish = (): void => {};
    const stuck = new Promise<void>((resolve) => (finish = resolve));
    const late = await subject.listen(away, { group: "g", handle: () => stuck });
    await subject.bus().publish(events(0, 2), {});
    await until(() => late.heard.length > 0);
    proxy.stall();
    let finishNext = (): void => {};
    const working = new Promise<void>((resolve) => (finishNext = resolve));
    const next = await subject.listen(subject.bus({ leaseMs: 1_000 }), {
      group: "g",
      handle: (batch) => (seqs(batch).includes(2) ? working : undefined),
    });
    await until(() => next.heard.length >= 2);
    await subject.bus().publish([event(2)], {});
    await until(() => next.heard.length >= 3);
    const { token, at } = await groupOf(subject);
    await proxy.restore();
    finish();
    // It has its answer, while the other is still at work.
    await late.subscription.close();
    expect(await groupOf(subject)).toMatchObject({ token, at });
    expect((await subject.admin.xpending(subject.log(), "g"))[0]).toBe(1);
    finishNext();
    await until(async () => (await subject.admin.xpending(subject.log(), "g"))[0] === 0);
    expect([seqs(late.heard), seqs(next.heard)]).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
  });

  it("gives every member its turn while there is more than one can do", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const order: BusEvent[] = [];
    const members = await Promise.all(
      numbers(0, 3).map(() =>
        subject.listen(subject.bus(), {
          group: "g",
          async handle(batch) {
            order.push(...batch);
            await new Promise((resolve) => setImmediate(resolve));
          },
        }),
      ),
    );
    const bus = subject.bus();
    let next = 0;
    while (!members.every(({ heard }) => heard.length > 0)) await bus.publish([event(next++)], {});
    await until(() => order.length >= next);
    expect(seqs(order)).toEqual(numbers(0, next));
  });

  it("has its members work at once where pools are spread over streams, and each pool in its order", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const pools = numbers(0, 8).map((index) => ({ queue: "duel", region: `r${index}` }));
    const streams = 4;
    let [working, most] = [0, 0];
    const order: BusEvent[] = [];
    const handle = async (batch: readonly BusEvent[]): Promise<void> => {
      most = Math.max(most, ++working);
      order.push(...batch);
      await new Promise((resolve) => setTimeout(resolve, 2));
      working--;
    };
    for (let count = 0; count < 4; count++)
      await subject.listen(subject.bus({ streams }), { group: "g", handle });
    const bus = subject.bus({ streams });
    for (let round = 0; round < 50; round++)
      await bus.publish(
        pools.map((pool) => event(round, pool)),
        {},
      );
    await until(() => order.length === 400);
    for (const { region } of pools)
      expect(seqs(order.filter(({ pool }) => pool?.region === region))).toEqual(numbers(0, 50));
    expect(most).toBeGreaterThan(1);
  });

  it("gives a member that comes late its turn while another has more than it can do", async () => {
    await using subject = new EventsSubject(sharedRedis());
    let begin = (): void => {};
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const handle = async (): Promise<void> => {
      await begun;
      await new Promise((resolve) => setTimeout(resolve, 15));
    };
    const busy = await subject.listen(subject.bus(), { group: "g", handle });
    const bus = subject.bus();
    for (let round = 0; round < 40; round++)
      await bus.publish(events(1_000 * round, 1_000 * (round + 1)), {});
    await until(() => busy.heard.length > 0);
    const late = await subject.listen(subject.bus(), { group: "g", handle });
    begin();
    await until(() => busy.heard.length + late.heard.length >= 40_000);
    expect(late.heard.length).toBeGreaterThan(0);
  });

  it.each([undefined, "g"])(
    "and everybody else has its handler called once at a time (%s)",
    async (group) => {
      await using subject = new EventsSubject(sharedRedis());
      const pools = numbers(0, 8).map((index) => ({ queue: "duel", region: `r${index}` }));
      let [working, most] = [0, 0];
      const handle = async (): Promise<void> => {
        most = Math.max(most, ++working);
        await new Promise((resolve) => setImmediate(resolve));
        working--;
      };
      const bus = subject.bus({ streams: 4 });
      const { heard } = await subject.listen(bus, { handle, ...(group === undefined ? {} : { group }) });
      for (let round = 0; round < 20; round++)
        await bus.publish(
          pools.map((pool) => event(round, pool)),
          {},
        );
      await until(() => heard.length === 160);
      expect(most).toBe(1);
    },
  );

  it("begins at once with what a member leaves that closes", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const first = subject.bus({ leaseMs: 600_000 });
    let finish = (): void => {};
    const stuck = new Promise<void>((resolve) => (finish = resolve));
    const begun = await subject.listen(first, { group: "g", handle: () => stuck });
    await subject.bus().publish([event(0)], {});
    await until(() => begun.heard.length > 0);
    const { heard } = await subject.listen(subject.bus({ leaseMs: 600_000 }), { group: "g" });
    await subject.bus().publish([event(1)], {});
    const closed = first.close();
    finish();
    await closed;
    await until(() => heard.length > 0);
    expect(seqs(heard)).toEqual([1]);
  });

  it("that is dropped holds nothing, and begins anew where members are left, who are told", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const bus = subject.bus();
    const { subscription } = await subject.listen(bus, { group: "g" });
    await subscription.close();
    await bus.publish([event(0)], {});
    await bus.dropGroup("g");
    expect(await groupOf(subject)).toEqual({});
    const { heard } = await subject.listen(bus, { group: "g" });
    await bus.publish([event(1)], {});
    await until(() => heard.length > 0);
    await bus.dropGroup("g");
    await until(async () => {
      await bus.publish([event(2)], {});
      return seqs(heard).includes(2);
    });
    expect(seqs(heard).filter((seq) => seq < 2)).toEqual([1, -1]);
  });

  it.each(["", "\ud800", "x".repeat(201), 7 as unknown as string])("is not called %j", async (group) => {
    await using subject = new EventsSubject(sharedRedis());
    const bus = subject.bus();
    await expect(bus.subscribe(() => {}, { group })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    await expect(bus.dropGroup(group)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
  });

  it("may be called what people call things", async () => {
    await using subject = new EventsSubject(sharedRedis());
    const bus = subject.bus();
    const names = ["a,b", 'o\'brien "x"', "{tag}", "a\0b", "🎲", "x".repeat(200)];
    const groups = await Promise.all(names.map((group) => subject.listen(bus, { group })));
    await bus.publish([event(0)], {});
    await until(() => groups.every(({ heard }) => heard.length > 0));
  });
});
