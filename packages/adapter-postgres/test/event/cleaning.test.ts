import { systemClock, type EvenmatchError } from "@evenmatch/core";
import { Reports } from "@evenmatch/core/adapter";
import { startProxy } from "@evenmatch/services";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, seqs } from "@evenmatch/services/vitest/adapter";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Database } from "../../src/connection/database.js";
import { settingsOf } from "../../src/connection/options.js";
import type { Around } from "../../src/event/around.js";
import { cleanOnce } from "../../src/event/cleaning.js";
import { TestDatabase } from "../databases.js";
import { EventsSubject, until } from "./subject.js";

const WEEK = 7 * 86_400_000;

describe.each(sharedPostgres())("cleaning on Postgres $version", (server) => {
  let database: TestDatabase;
  let subject: EventsSubject;
  let around: Around;
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());
  beforeEach(async () => {
    subject = await EventsSubject.on(database);
    const clock = systemClock();
    around = {
      database: new Database(database.admin, settingsOf({ schema: subject.schema })),
      clock,
      reports: new Reports({ onError: () => {}, warn: () => {}, clock }),
      leaseMs: 5_000,
      retainMs: WEEK,
    };
  });
  afterEach(() => subject[Symbol.asyncDispose]());

  const clean = (most = 1_000, retainMs = WEEK): Promise<number> => cleanOnce({ ...around, retainMs }, most);
  /** Makes what is there as old as that. */
  const age = (ms: number): Promise<unknown> =>
    subject.rows("UPDATE {schema}.events SET published_at = published_at - $1 * interval '1 ms'", [ms]);
  /** A listener that is cut off from the server, and what it heard. */
  const cutOff = async () => {
    const proxy = await startProxy(subject.url);
    const told: EvenmatchError[] = [];
    const options = {
      timeoutMs: 3_000,
      pollMs: 100,
      listen: subject.url,
      onError: (one: EvenmatchError) => told.push(one),
    };
    const { heard } = await subject.listen(subject.busAt(proxy.urlOf(subject.url), options));
    const before = subject.bus();
    await before.publish([event(0)], {});
    await until(() => heard.length === 1);
    proxy.stall();
    // What it has heard stands in its row at the latest when it is cut off.
    await subject.rows(
      "UPDATE {schema}.event_readers SET position = (SELECT max(position) FROM {schema}.events)",
    );
    return { heard, proxy, told };
  };

  it("goes up to the slowest group, a bounded number at a time, and leaves the newest", async () => {
    const bus = subject.bus();
    const { subscription } = await subject.listen(bus, { group: "slow" });
    await bus.publish(events(0, 25), {});
    await until(async () => {
      const [group] = await subject.rows<{ position: string }>("SELECT position FROM {schema}.event_groups");
      return group?.position === "26";
    });
    await subscription.close();
    await subject.listen(bus, { group: "fast" });
    await bus.publish(events(25, 50), {});
    // The row at which the log begins is cleaned, too.
    expect([await clean(10), await clean(10), await clean(10), await clean(10)]).toEqual([10, 10, 5, 0]);
    const [least] = await subject.rows<{ position: string }>(
      "SELECT min(position) AS position FROM {schema}.events",
    );
    expect(least?.position).toBe("26");
    await bus.dropGroup("slow");
    await until(async () => (await clean()) >= 0 && (await subject.count()) === 1);
  });

  it("without anybody who reads, keeps no more than the newest", async () => {
    const bus = subject.bus();
    await bus.publish(events(0, 30), {});
    expect(await clean()).toBe(30);
    const { heard } = await subject.listen(bus);
    await bus.publish([event(30)], {});
    await until(() => heard.length > 0);
    expect(seqs(heard)).toEqual([30]);
  });

  it("by eight processes at once loses nothing", async () => {
    const bus = subject.bus();
    const { heard } = await subject.listen(subject.bus());
    const { heard: shared } = await subject.listen(subject.bus(), { group: "g" });
    let isOver = false;
    const cleaners = numbers(0, 8).map(async () => {
      while (!isOver) await clean(7);
    });
    try {
      for (let round = 0; round < 60; round++) {
        // Who comes now gets what is published from now on, whatever is cleaned at that moment.
        const late = round % 10 === 0 ? await subject.listen(bus) : undefined;
        await bus.publish(events(5 * round, 5 * round + 5), {});
        if (!late) continue;
        await until(() => late.heard.length >= 5);
        expect(seqs(late.heard).slice(0, 5)).toEqual(numbers(5 * round, 5 * round + 5));
        await late.subscription.close();
      }
      await until(() => heard.length >= 300 && shared.length >= 300);
    } finally {
      isOver = true;
      await Promise.all(cleaners);
    }
    expect([seqs(heard), seqs(shared)]).toEqual([numbers(0, 300), numbers(0, 300)]);
  });

  it("keeps what a process has not heard that is cut off", async () => {
    const { heard, proxy, told } = await cutOff();
    await subject.bus().publish(events(1, 20), {});
    // Only what it has heard goes, but for its last event.
    expect([await clean(), await clean()]).toEqual([1, 0]);
    await proxy.restore();
    await until(() => seqs(heard).includes(19));
    expect([seqs(heard), told.filter(({ retryable }) => !retryable)]).toEqual([numbers(0, 20), []]);
    await proxy.close();
  });

  it("does not harm a process that was forgotten, while what it has not heard is there", async () => {
    const { heard, proxy, told } = await cutOff();
    await subject.rows("DELETE FROM {schema}.event_readers");
    await subject.bus().publish(events(1, 20), {});
    await proxy.restore();
    await until(() => seqs(heard).includes(19));
    expect([seqs(heard), told.filter(({ retryable }) => !retryable)]).toEqual([numbers(0, 20), []]);
    await proxy.close();
  });

  it("tells a process that was away for too long, and it goes on from then", async () => {
    const { heard, proxy, told } = await cutOff();
    await subject.rows("UPDATE {schema}.event_readers SET expires_at = clock_timestamp()");
    const bus = subject.bus();
    await bus.publish(events(1, 20), {});
    expect(await clean()).toBe(20);
    expect(await subject.rows("SELECT FROM {schema}.event_readers")).toEqual([]);
    await proxy.restore();
    await until(() => heard.some(({ type }) => type === "error"));
    await bus.publish([event(20)], {});
    await until(() => seqs(heard).includes(20));
    expect(heard.map(({ type, seq }) => `${type} ${seq}`)).toEqual([
      "match.delivered 0",
      "error 0",
      "match.delivered 20",
    ]);
    const [error] = heard.flatMap((one) => (one.type === "error" ? [one.data.error] : []));
    expect(error?.code).toBe("LISTENER_TOO_SLOW");
    expect(told).toContain(error);
    await proxy.close();
  });

  it("takes what is older than it is kept, and tells the group and the process that had not read it", async () => {
    const bus = subject.bus({ onError: () => {} });
    const { heard: first, subscription } = await subject.listen(bus, { group: "g" });
    const { heard: everything, proxy } = await cutOff();
    await until(() => first.length === 1);
    await subscription.close();
    await bus.publish(events(1, 10), {});
    await age(60_000);
    await bus.publish(events(10, 13), {});
    // The beginning of the log and the first event are old and read; the other nine are old.
    expect(await clean(1_000, 30_000)).toBe(11);
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(12));
    expect(heard.map(({ type, seq }) => `${type} ${seq}`)).toEqual([
      "error 0",
      ...numbers(10, 13).map((seq) => `match.delivered ${seq}`),
    ]);
    await proxy.restore();
    await until(() => everything.some(({ type }) => type === "error"));
    await bus.publish([event(13)], {});
    await until(() => seqs(everything).includes(13));
    await proxy.close();
  });

  it("happens by itself", async () => {
    const bus = subject.bus({ clock: hurried(), pollMs: 5_000, timeoutMs: 600_000 });
    await subject.listen(bus);
    await bus.publish(events(0, 50), {});
    await until(async () => (await subject.count()) === 1);
  });
});
