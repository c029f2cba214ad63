import { EvenmatchError, type BusEvent } from "@evenmatch/core";
import { encodeEvent } from "@evenmatch/core/adapter";
import { consoleConsumer, kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { event, events, hurried, numbers, once, poisoned, seqs } from "@evenmatch/services/vitest/adapter";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { between, changed } from "../clients.js";
import { fault } from "../faults/row.js";
import { EventsSubject, until } from "./subject.js";

describe("what cannot be handled, on Kafka", () => {
  let subject: EventsSubject;
  const told: EvenmatchError[] = [];
  beforeEach(async () => {
    told.length = 0;
    subject = await EventsSubject.open(sharedKafka(), { partitions: 1, dead: true });
  });
  afterEach(() => subject[Symbol.asyncDispose]());

  /** Waits are over at once. */
  const options = {
    clock: hurried(),
    timeoutMs: 1_000_000,
    onError: (error: EvenmatchError) => void told.push(error),
  };
  const dead = (count: number) => consoleConsumer(sharedKafka(), `${subject.topic}.dead`, { count });
  /** Writes what no bus would. */
  const write = async (values: readonly (string | null)[]): Promise<void> => {
    const producer = subject.kafka.producer();
    await producer.connect();
    const headers = { from: "elsewhere" };
    const messages = values.map((value) => ({ key: "duel.eu", value, partition: 0, headers }));
    await producer.send({ topic: subject.topic, messages });
    await producer.disconnect();
  };

  fault("a handler of a group rejects an event again and again", async (row) => {
    const bus = subject.bus(options);
    const { handled, tries, handle } = poisoned(700);
    await subject.listen(bus, { group: "g", handle });
    await bus.publish(events(0, 1_000), {});
    await until(() => seqs(handled).includes(999));
    expect(seqs(handled)).toEqual(numbers(0, 1_000).filter((seq) => seq !== 700));
    expect(tries.filter((size) => size === 1).length).toBeLessThanOrEqual(10);
    expect(tries.length).toBeGreaterThanOrEqual(10);
    const [letter] = await dead(1);
    expect(letter).toMatchObject({
      key: "duel.eu",
      value: encodeEvent(event(700)),
      headers: {
        "evenmatch-reason": "refused",
        "evenmatch-error": "Error: I cannot stand it",
        "evenmatch-group": "g",
        "evenmatch-topic": subject.topic,
        "evenmatch-partition": "0",
        "evenmatch-offset": "700",
      },
    });
    expect(told.map(({ code, retryable }) => [code, retryable])).toEqual([[row.code, row.retryable]]);
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

  fault("an event is of another version, or none at all", async (row) => {
    const bus = subject.bus(options);
    const one = await subject.listen(bus);
    const member = await subject.listen(bus, { group: "g" });
    await bus.publish([event(0)], {});
    const foreign = ['{"v":2,"type":"match.dreamt","data":{}}', "no JSON", '{"v":2}', "", null];
    await write(foreign);
    await bus.publish([event(1)], {});
    await until(() => [one, member].every(({ heard }) => seqs(heard).includes(1)));
    expect([seqs(one.heard), seqs(member.heard)]).toEqual([
      [0, 1],
      [0, 1],
    ]);
    const letters = await dead(5);
    expect(letters.map(({ value }) => value)).toEqual(foreign);
    for (const { headers } of letters)
      expect(headers).toMatchObject({ from: "elsewhere", "evenmatch-reason": "unreadable" });
    // Once for all of them.
    expect(told.map(({ code, retryable }) => [code, retryable])).toEqual([[row.code, row.retryable]]);
  });

  it("is put aside with headers that have no value, which kafkajs reads and cannot write", async () => {
    const others = changed(kafkaClient(sharedKafka()), {
      consumer: between((call, handle) => {
        // As other clients write them; kafkajs says null, though not in its types.
        for (const { headers } of call.batch.messages)
          Object.assign(headers ?? {}, { none: null, some: ["a", null] });
        return handle(call);
      }),
    });
    const { heard } = await subject.listen(subject.bus(options, others), { group: "g" });
    await write(["no JSON"]);
    await subject.bus().publish([event(1)], {});
    await until(() => seqs(heard).includes(1), 10_000);
    const [letter] = await dead(1);
    expect(letter).toMatchObject({ value: "no JSON", headers: { from: "elsewhere", none: "" } });
  });

  it.each([undefined, "g"])("is put aside, whatever it is rejected with, for group %s", async (group) => {
    const bus = subject.bus(options);
    const handled: number[] = [];
    const handle = (batch: readonly BusEvent[]): void => {
      // No text can be made of it.
      if (seqs(batch).includes(0)) throw Object.create(null) as Error;
      handled.push(...seqs(batch));
    };
    await bus.subscribe(handle, { group });
    await bus.publish(events(0, 2), {});
    await until(() => handled.includes(1), 10_000);
    expect(told.map(({ code }) => code)).toEqual(["LISTENER_FAILED"]);
  });

  fault("there is no topic of dead letters", async (row) => {
    await using plain = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    const bus = plain.bus({ ...options, clock: hurried() });
    const { handled, handle } = poisoned(1);
    await plain.listen(bus, { group: "g", handle });
    await bus.publish(events(0, 3), {});
    await until(() => seqs(handled).includes(2));
    expect(once(seqs(handled))).toEqual([0, 2]);
    expect(told.map(({ code }) => code).sort()).toEqual(["LISTENER_FAILED", row.code]);
    expect(told.find(({ code }) => code === row.code)?.retryable).toBe(row.retryable);
  });

  fault("events are deleted before they are read", async (row) => {
    const bus = subject.bus(options);
    const { subscription } = await subject.listen(bus, { group: "g" });
    await subscription.close();
    await bus.publish(events(0, 5), {});
    const admin = subject.kafka.admin();
    await admin.connect();
    await admin.fetchTopicOffsets(subject.topic);
    await admin.deleteTopicRecords({ topic: subject.topic, partitions: [{ partition: 0, offset: "3" }] });
    await admin.disconnect();
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(4));
    expect(seqs(heard)).toEqual([-1, 3, 4]);
    expect(heard[0]).toMatchObject({ type: "error", data: { error: { code: row.code } } });
    expect(told.map(({ code, retryable }) => [code, retryable])).toEqual([[row.code, row.retryable]]);
  });

  it("is a warning of the process where nobody is told", async () => {
    const warnings: Error[] = [];
    const listener = (warning: Error): void => void warnings.push(warning);
    process.on("warning", listener);
    const bus = subject.bus({ ...options, onError: undefined as never });
    await subject.listen(bus, { handle: () => Promise.reject(new Error("no")) });
    await bus.publish([event(0)], {});
    await until(() => warnings.some((warning) => warning instanceof EvenmatchError));
    process.off("warning", listener);
  });
});
