import { EvenmatchError } from "@evenmatch/core";
import { encodeEvent } from "@evenmatch/core/adapter";
import { sharedRedis } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, poisoned, seqs } from "@evenmatch/services/vitest/adapter";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EventsSubject, until } from "./subject.js";

interface Aside {
  readonly group: string;
  readonly event: string;
  readonly reason: string;
}

describe("what cannot be handled, on Redis", () => {
  let subject: EventsSubject;
  const told: EvenmatchError[] = [];
  beforeEach(() => {
    told.length = 0;
    subject = new EventsSubject(sharedRedis());
  });
  afterEach(() => subject[Symbol.asyncDispose]());

  /** Waits are over at once; those of the server's own are ended by hand. */
  const options = {
    clock: hurried(),
    timeoutMs: 600_000,
    onError: (error: EvenmatchError) => void told.push(error),
  };
  const tag = (): string => `{${subject.prefix}:events:0}`;
  const untilInHaste = (condition: () => unknown): Promise<unknown> =>
    until(async () => {
      const { token, tries } = await subject.admin.hgetall(`${tag()}:group:g`);
      if (token === "" && Number(tries) > 0) {
        await subject.admin.hset(`${tag()}:group:g`, "until", 0);
        await subject.admin.xadd(`${tag()}:turns:g`, "*", "turn", 1);
      }
      return condition();
    });
  const aside = async (): Promise<Aside[]> => {
    const entries = await subject.admin.xrange(`${tag()}:aside`, "-", "+");
    return entries.map(([, fields]) => {
      const pairs = numbers(0, fields.length / 2).map((at) => [fields[2 * at], fields[2 * at + 1]]);
      return Object.fromEntries(pairs) as Aside;
    });
  };

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
      group: "g",
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
    await subject.admin.hset(`${tag()}:group:g`, "tries", 11);
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(2));
    expect(seqs(heard)).toEqual([1, 2]);
    expect((await aside()).map(({ reason }) => reason)).toEqual([
      expect.stringMatching(/ended before it was done/),
    ]);
    expect(told.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
  });

  it("because it is of another version, or no event at all, is put aside, and told of once", async () => {
    const bus = subject.bus(options);
    const one = await subject.listen(bus);
    const member = await subject.listen(bus, { group: "g" });
    await bus.publish([event(0)], {});
    const foreign = ['{"v":2,"type":"match.dreamt","data":{}}', "no JSON", '{"v":2}', ""];
    for (const text of foreign) await subject.admin.xadd(subject.log(), "*", "e", text);
    await subject.admin.xadd(subject.log(), "*", "name", "value", "other", "more");
    await bus.publish([event(1)], {});
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(1)));
    expect([seqs(one.heard), seqs(member.heard)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    expect((await aside()).map((row) => row.event)).toEqual([...foreign, "name value other more"]);
    expect(told.map(({ code }) => code)).toEqual(["INVALID_REQUEST"]);
  });

  it("because somebody took it out of the log is missed, and its group is told", async () => {
    const bus = subject.bus(options);
    const { subscription } = await subject.listen(bus, { group: "g" });
    await subscription.close();
    await bus.publish(events(0, 3), {});
    // Somebody else has begun them all, and one of them is gone.
    await subject.admin.xreadgroup("GROUP", "g", "somebody", "STREAMS", subject.log(), ">");
    const [, , gone] = await subject.admin.xrange(subject.log(), "-", "+");
    await subject.admin.xdel(subject.log(), gone![0]);
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(2));
    expect(seqs(heard)).toEqual([-1, 0, 2]);
    expect(told.map(({ code }) => code)).toEqual(["LISTENER_TOO_SLOW"]);
  });

  it("is a warning of the process where nobody is told", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listener);
    const bus = subject.bus({ clock: hurried(), timeoutMs: 600_000, onError: undefined as never });
    await subject.listen(bus, { handle: () => Promise.reject(new Error("no")) });
    await bus.publish([event(0)], {});
    await until(() => warnings.some((warning) => warning instanceof EvenmatchError));
    process.off("warning", listener);
  });
});
