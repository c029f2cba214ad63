import { EvenmatchError } from "@evenmatch/core";
import { encodeEvent } from "@evenmatch/core/adapter";
import { sharedPostgres } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, poisoned, seqs } from "@evenmatch/services/vitest/adapter";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { TestDatabase } from "../databases.js";
import { EventsSubject, until } from "./subject.js";

interface AsideRow {
  readonly group_name: string;
  readonly event: string;
  readonly reason: string;
}

describe.each(sharedPostgres())("what cannot be handled, on Postgres $version", (server) => {
  let database: TestDatabase;
  let subject: EventsSubject;
  const told: EvenmatchError[] = [];
  beforeAll(async () => {
    database = await TestDatabase.on(server);
  });
  afterAll(() => database[Symbol.asyncDispose]());
  beforeEach(async () => {
    told.length = 0;
    subject = await EventsSubject.on(database);
  });
  afterEach(() => subject[Symbol.asyncDispose]());

  /** Waits are over at once; those of the server's own are ended by hand. */
  const options = {
    clock: hurried(),
    // Without a proof in haste that notifications arrive.
    pollMs: 5_000,
    timeoutMs: 600_000,
    onError: (error: EvenmatchError) => told.push(error),
  };
  const untilInHaste = (condition: () => unknown): Promise<unknown> =>
    until(async () => {
      await subject.rows(
        "UPDATE {schema}.event_groups SET leased_until = clock_timestamp() WHERE tries > 0 AND leased_until > clock_timestamp()",
      );
      return condition();
    });
  const aside = (): Promise<AsideRow[]> => subject.rows<AsideRow>("SELECT * FROM {schema}.events_aside");

  it("of a group is put aside alone, after ten tries, and everything else is handled in order", async () => {
    const bus = subject.bus(options);
    const { handled, tries, handle } = poisoned(700);
    await subject.listen(bus, { group: "g", handle });
    await bus.publish(events(0, 1_000), {});
    await untilInHaste(() => seqs(handled).includes(999));
    expect(seqs(handled)).toEqual(numbers(0, 1_000).filter((seq) => seq !== 700));
    expect(tries.filter((size) => size === 1).length).toBeLessThanOrEqual(10);
    expect(tries.length).toBeGreaterThanOrEqual(10);
    const [row, ...others] = await aside();
    expect(others).toEqual([]);
    expect(row).toMatchObject({
      group_name: "g",
      event: encodeEvent(event(700)),
      reason: "Error: I cannot stand it",
    });
    expect(told.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
  });

  it("of one subscriber is left out alone, and the other subscribers never wait for it", async () => {
    const bus = subject.bus(options);
    const { handled, tries, handle } = poisoned(3);
    await subject.listen(bus, { handle });
    const { heard } = await subject.listen(bus);
    await bus.publish(events(0, 10), {});
    await until(() => heard.length >= 10);
    await until(() => seqs(handled).includes(9));
    expect([seqs(heard), seqs(handled)]).toEqual([numbers(0, 10), numbers(0, 10).filter((seq) => seq !== 3)]);
    expect(tries.length).toBeGreaterThanOrEqual(10);
    expect(told.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
  });

  it("because it ends every process that begins it is put aside, too", async () => {
    const bus = subject.bus(options);
    const { subscription } = await subject.listen(bus, { group: "g" });
    await subscription.close();
    await bus.publish(events(0, 3), {});
    // Eleven members have begun it, and none came back.
    await subject.rows("UPDATE {schema}.event_groups SET tries = 11");
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(2));
    expect(seqs(heard)).toEqual([1, 2]);
    expect((await aside()).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/ended before it was done/),
    ]);
    expect(told.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
  });

  it("because it is of another version is put aside, and told of once", async () => {
    const bus = subject.bus(options);
    const one = await subject.listen(bus);
    const member = await subject.listen(bus, { group: "g" });
    await bus.publish([event(0)], {});
    const foreign = ['{"v":2,"type":"match.dreamt","data":{}}', "no JSON", '{"v":2}'];
    await subject.rows("INSERT INTO {schema}.events (event) SELECT * FROM unnest($1::text[])", [foreign]);
    await bus.publish([event(1)], {});
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(1)));
    expect([seqs(one.heard), seqs(member.heard)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect((await aside()).map((row) => row.event)).toEqual(foreign);
    expect(told.map(({ code }) => code)).toEqual(["INVALID_REQUEST"]);
  });

  it("is a warning of the process where nobody is told", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listener);
    const bus = subject.bus({ clock: hurried(), pollMs: 5_000, timeoutMs: 600_000 });
    await subject.listen(bus, { handle: () => Promise.reject(new Error("no")) });
    await bus.publish([event(0)], {});
    await until(() => warnings.some((warning) => warning instanceof EvenmatchError));
    process.off("warning", listener);
  });
});
