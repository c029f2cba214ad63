import type { BusEvent } from "@evenmatch/core";
import { startProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TestDatabase } from "../databases.js";
import { startMember } from "./process.js";
import { EventsSubject, until } from "./subject.js";

interface GroupRow {
  readonly position: string;
  readonly fence: string;
  readonly leased_until: Date | null;
  readonly tries: number;
}

describe.each(sharedPostgres())("a group on Postgres $version", (server) => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());

  const groupOf = async (subject: EventsSubject): Promise<GroupRow> => {
    const [row] = await subject.rows<GroupRow>("SELECT * FROM {schema}.event_groups");
    return row as GroupRow;
  };

  it("gets again, in order, what a member had begun that was killed with -9", async () => {
    await using subject = await EventsSubject.on(database);
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
    await using subject = await EventsSubject.on(database);
    let finish = (): void => {};
    const stuck = new Promise<void>((resolve) => (finish = resolve));
    // It renews its lease of a minute every 200 ms.
    const options = { leaseMs: 60_000, clock: hurried(10_000) };
    const slow = await subject.listen(subject.bus(options), { group: "g", handle: () => stuck });
    await subject.bus().publish(events(0, 2), {});
    await until(() => slow.heard.length > 0);
    const other = await subject.listen(subject.bus({ leaseMs: 60_000 }), { group: "g" });
    // Its lease is renewed again and again, for longer than it was given at first.
    const renewed = new Set<number | undefined>();
    await until(async () => renewed.add((await groupOf(subject)).leased_until?.getTime()).size > 4);
    await subject.bus().publish([event(2)], {});
    finish();
    await until(() => [...slow.heard, ...other.heard].length >= 3);
    expect([seqs(slow.heard).slice(0, 2), seqs([...slow.heard, ...other.heard])]).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
  });

  it("refuses what a member acknowledges that was cut off until another took over", async () => {
    await using subject = await EventsSubject.on(database);
    await using proxy = await startProxy(subject.url);
    const away = subject.busAt(proxy.urlOf(subject.url), {
      leaseMs: 200,
      timeoutMs: 3_000,
      onError: () => {},
    });
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
    const { position, fence, tries } = await groupOf(subject);
    await proxy.restore();
    finish();
    // It has its answer, while the other is still at work.
    await late.subscription.close();
    expect(await groupOf(subject)).toMatchObject({ position, fence, tries });
    finishNext();
    await until(async () => (await groupOf(subject)).position === "4");
    expect([seqs(late.heard), seqs(next.heard)]).toEqual([
      [0, 1],
      [0, 1, 2],
    ]);
  });

  it("gives every member its turn while there is more than one can do", async () => {
    await using subject = await EventsSubject.on(database);
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

  it("begins at once with what a member leaves that closes", async () => {
    await using subject = await EventsSubject.on(database);
    const first = subject.bus({ leaseMs: 600_000 });
    await subject.listen(first, { group: "g", handle: () => Promise.reject(new Error("cannot")) });
    await subject.bus().publish([event(0)], {});
    const second = subject.bus({ leaseMs: 600_000 });
    const { heard } = await subject.listen(second, { group: "g" });
    await first.close();
    await until(() => heard.length > 0);
    expect(seqs(heard)).toEqual([0]);
  });

  it("that is dropped holds nothing, and begins anew where members are left", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus();
    const { subscription } = await subject.listen(bus, { group: "g" });
    await subscription.close();
    await bus.publish([event(0)], {});
    await bus.dropGroup("g");
    expect(await groupOf(subject)).toBeUndefined();
    const { heard } = await subject.listen(bus, { group: "g" });
    await bus.publish([event(1)], {});
    await until(() => heard.length > 0);
    await bus.dropGroup("g");
    await until(async () => {
      await bus.publish([event(2)], {});
      return seqs(heard).includes(2);
    });
    expect(seqs(heard).filter((seq) => seq < 2)).toEqual([1]);
  });

  it.each(["", "a\0b", "\ud800", "x".repeat(201), 7 as unknown as string])(
    "is not called %j",
    async (group) => {
      await using subject = await EventsSubject.on(database);
      const bus = subject.bus();
      await expect(bus.subscribe(() => {}, { group })).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
      await expect(bus.dropGroup(group)).rejects.toMatchObject({ code: "INVALID_OPTIONS" });
    },
  );

  it("may be called what people call things", async () => {
    await using subject = await EventsSubject.on(database);
    const bus = subject.bus();
    const names = ["a,b", 'o\'brien "x"', "{schema}", "🎲", "x".repeat(200)];
    const groups = await Promise.all(names.map((group) => subject.listen(bus, { group })));
    await bus.publish([event(0)], {});
    await until(() => groups.every(({ heard }) => heard.length > 0));
  });
});
