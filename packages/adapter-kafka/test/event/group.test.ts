import type { BusEvent } from "@evenmatch/core";
import { encodeEvent } from "@evenmatch/core/adapter";
import { kafkaClient } from "@evenmatch/services";
import { sharedKafka } from "@evenmatch/services/vitest";
import { event, events, numbers, once, seqs } from "@evenmatch/services/vitest/adapter";
import { ManualClock } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";
import { stickyAssigner } from "../../src/connection/assigner.js";
import type { KafkaLike } from "../../src/connection/driver.js";
import { between, changed } from "../clients.js";
import { startMember } from "./process.js";
import { EventsSubject, until } from "./subject.js";

const pools = numbers(0, 12).map((index) => ({ queue: "duel", region: `r${index}` }));
const ofPool = (heard: readonly BusEvent[], region: string): number[] =>
  seqs(heard.filter(({ pool }) => pool?.region === region));

/** A client whose heartbeats fail as told, one after the other, where they are sent while a handler works. */
function faltering(failures: Error[]): KafkaLike {
  return changed(kafkaClient(sharedKafka()), {
    consumer: between((call, handle) => {
      const heartbeat = (): Promise<void> => {
        const failure = failures.shift();
        return failure ? Promise.reject(failure) : call.heartbeat();
      };
      return handle({ ...call, heartbeat });
    }),
  });
}

/** A client, and what its consumers have asked for so far of what makes a member or ends one. */
function noting(): { kafka: KafkaLike; asked: string[] } {
  const asked: string[] = [];
  const client = kafkaClient(sharedKafka());
  const consumer: typeof client.consumer = (settings) => {
    const one = client.consumer(settings);
    one.on("consumer.network.request", ({ payload: { apiName } }) => {
      if (["JoinGroup", "SyncGroup", "LeaveGroup"].includes(apiName)) asked.push(apiName);
    });
    return one;
  };
  return { kafka: { ...changed(client, {}), consumer }, asked };
}

describe("a group on Kafka", () => {
  it("gets again, in order, what a member had begun that was killed with -9", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    const bus = subject.bus();
    await using killed = await startMember(subject, "g", "hangs");
    await bus.publish(events(0, 3), {});
    await until(() => killed.began.length > 0);
    await killed.kill();
    await bus.publish(events(3, 5), {});
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => seqs(heard).includes(4));
    expect(seqs(heard)).toEqual([0, 1, 2, 3, 4]);
  });

  it("waits for a member whose handler runs before it is shared out anew, so nobody gets anything twice", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    let finish = (): void => {};
    const stuck = new Promise<void>((resolve) => (finish = resolve));
    const slow = await subject.listen(subject.bus(), { group: "g", handle: () => stuck });
    const bus = subject.bus();
    await bus.publish(events(0, 2), {});
    await until(() => slow.heard.length > 0);
    const clock = new ManualClock();
    const joining = subject.listen(subject.bus({ clock, timeoutMs: 1_500 }), { group: "g" });
    let refusal: unknown;
    joining.catch((error: unknown) => (refusal = error));
    await bus.publish([event(2)], {});
    // The first has heard that another wants to come in when the group says so.
    await subject.inGroup("g", "PreparingRebalance");
    // Who gives up sooner than the group does has everybody join again.
    await clock.advance(5_000);
    expect(refusal).toBeUndefined();
    finish();
    const other = await joining;
    await until(() => [...slow.heard, ...other.heard].length >= 3);
    expect(seqs([...slow.heard, ...other.heard]).sort()).toEqual([0, 1, 2]);
  });

  it("does not keep a bus from closing that waits to become a member", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    let finish = (): void => {};
    const stuck = new Promise<void>((resolve) => (finish = resolve));
    const slow = await subject.listen(subject.bus(), { group: "g", handle: () => stuck });
    await subject.bus().publish([event(0)], {});
    await until(() => slow.heard.length > 0);
    const clock = new ManualClock();
    const bus = subject.bus({ clock });
    const joining = bus.subscribe(() => {}, { group: "g" });
    const refused = expect(joining).rejects.toMatchObject({ code: "CLOSED" });
    await subject.inGroup("g", "PreparingRebalance");
    const closed = bus.close();
    await clock.advance(5_000);
    await Promise.all([closed, refused]);
    // It has not waited for the others, who still do.
    expect(await subject.stateOf("g")).toBe("PreparingRebalance");
    finish();
  });

  it.each([
    ["was lost", { name: "KafkaJSConnectionError" }],
    [
      "told of a rebalance that a broker which was killed knows nothing of",
      { type: "REBALANCE_IN_PROGRESS" },
    ],
    ["told that it was forgotten, by brokers that are not of one mind", { type: "UNKNOWN_MEMBER_ID" }],
  ])("goes on where a heartbeat %s and its driver stays a member", async (_, failure) => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    const failures = [Object.assign(new Error("no"), failure)];
    const { heard } = await subject.listen(subject.bus({}, faltering(failures)), {
      group: "g",
      handle: async () => {
        await until(() => failures.length === 0);
      },
    });
    const bus = subject.bus();
    await bus.publish([event(0)], {});
    await until(() => failures.length === 0);
    await bus.publish([event(1)], {});
    await until(() => seqs(heard).includes(1));
    expect(once(seqs(heard))).toEqual([0, 1]);
  });

  it("has no member that gave up while it joined", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    const { topic } = subject;
    // The group has its place.
    await (await subject.listen(subject.bus(), { group: "g" })).subscription.close();
    let share = (): void => {};
    const shared = new Promise<void>((resolve) => (share = resolve));
    let times = 0;
    // It leads, and takes its time to say who reads what as soon as there is somebody else.
    const leader = subject.kafka.consumer({
      groupId: `${topic}-g`,
      heartbeatInterval: 100,
      maxWaitTimeInMs: 100,
      partitionAssigners: [
        (around) => {
          const { assign, ...assigner } = stickyAssigner([topic], () => [])(around);
          const late: typeof assign = (group) =>
            ++times === 2 ? shared.then(() => assign(group)) : assign(group);
          return { ...assigner, assign: late };
        },
      ],
    });
    await leader.connect();
    await leader.subscribe({ topics: [topic] });
    await leader.run({ eachBatch: () => Promise.resolve() });
    const { kafka, asked } = noting();
    const hasty = subject.bus({}, kafka);
    const refused = expect(hasty.subscribe(() => {}, { group: "g" })).rejects.toMatchObject({
      code: "CLOSED",
    });
    await subject.inGroup("g", "CompletingRebalance");
    await hasty.close();
    await refused;
    // Whoever waits to hear what they read is told to join again.
    const joining = subject.listen(subject.bus(), { group: "g" });
    await subject.inGroup("g", "PreparingRebalance");
    share();
    const { heard } = await joining;
    await leader.disconnect();
    // It has left, and is not put out when its session is over.
    await until(() => asked.at(-1) === "LeaveGroup");
    const admin = subject.kafka.admin();
    await admin.connect();
    await until(async () => (await admin.describeGroups([`${topic}-g`])).groups[0]?.members.length === 1);
    await admin.disconnect();
    expect(asked.at(-1)).toBe("LeaveGroup");
    await subject.bus().publish([event(0)], {});
    await until(() => heard.length > 0);
  });

  it("has its members work at once, each pool in its order, through members that come and go", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 6 });
    let [working, most] = [0, 0];
    const order: BusEvent[] = [];
    const handle = async (batch: readonly BusEvent[]): Promise<void> => {
      most = Math.max(most, ++working);
      order.push(...batch);
      await new Promise((resolve) => setImmediate(resolve));
      working--;
    };
    const bus = subject.bus();
    let round = 0;
    const publish = async (): Promise<void> => {
      for (const end = round + 5; round < end; round++)
        await bus.publish(
          pools.map((pool) => event(round, pool)),
          {},
        );
    };
    const members = [await subject.listen(subject.bus(), { group: "g", handle })];
    for (let come = 0; come < 2; come++) {
      await publish();
      members.push(await subject.listen(subject.bus(), { group: "g", handle }));
    }
    await publish();
    await members.shift()!.subscription.close();
    await publish();
    await until(() => pools.every(({ region }) => ofPool(order, region).includes(round - 1)));
    for (const { region } of pools) expect(once(ofPool(order, region))).toEqual(numbers(0, round));
    expect(members.every(({ heard }) => heard.length > 0)).toBe(true);
    expect(most).toBeGreaterThanOrEqual(1);
  });

  it("and everybody else has its handler called once at a time", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 6 });
    const bus = subject.bus();
    for (const group of [undefined, "g"]) {
      let [working, most] = [0, 0];
      const handle = async (): Promise<void> => {
        most = Math.max(most, ++working);
        await new Promise((resolve) => setImmediate(resolve));
        working--;
      };
      const { heard } = await subject.listen(bus, { handle, ...(group === undefined ? {} : { group }) });
      for (let round = 0; round < 10; round++)
        await bus.publish(
          pools.map((pool) => event(round, pool)),
          {},
        );
      await until(() => heard.length === 10 * pools.length);
      expect(most).toBe(1);
    }
  });

  it("that is new has its place in every partition, also in those that nobody reads yet", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 6 });
    const bus = subject.bus();
    await bus.publish(
      pools.map((pool) => event(0, pool)),
      {},
    );
    // Several come first at once, and all but one are gone before anything happens.
    const members = await Promise.all(numbers(0, 3).map(() => subject.listen(subject.bus(), { group: "g" })));
    await Promise.all(members.map(({ subscription }) => subscription.close()));
    await bus.publish(
      pools.map((pool) => event(1, pool)),
      {},
    );
    const { heard } = await subject.listen(bus, { group: "g" });
    await until(() => heard.length >= pools.length);
    expect(members.flatMap((one) => one.heard)).toEqual([]);
    expect(seqs(heard)).toEqual(pools.map(() => 1));
  });

  it("misses nothing in partitions that were added while it runs", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    const first = await subject.listen(subject.bus(), { group: "g" });
    const admin = subject.kafka.admin();
    await admin.connect();
    await admin.createPartitions({ topicPartitions: [{ topic: subject.topic, count: 3 }] });
    await until(async () => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [subject.topic] });
      return topics[0]!.partitions.filter(({ leader }) => leader >= 0).length === 3;
    });
    await admin.disconnect();
    const producer = subject.kafka.producer();
    await producer.connect();
    const write = (seq: number) =>
      producer.send({
        topic: subject.topic,
        messages: [0, 1, 2].map((partition) => ({
          partition,
          value: encodeEvent(event(10 * partition + seq)),
        })),
      });
    await write(0);
    const second = await subject.listen(subject.bus(), { group: "g" });
    await write(1);
    await producer.disconnect();
    const heard = (): number[] => once(seqs([...first.heard, ...second.heard]));
    await until(() => heard().length >= 6);
    expect(heard().sort((one, other) => one - other)).toEqual([0, 1, 10, 11, 20, 21]);
  });

  it("is told of nothing missed where others write in transactions", async () => {
    await using subject = await EventsSubject.open(sharedKafka(), { partitions: 1 });
    const { topic } = subject;
    const told: string[] = [];
    const bus = subject.bus({ onError: ({ code }) => told.push(code) });
    const { heard } = await subject.listen(bus, { group: "g" });
    const transactionalId = `${topic}-others`;
    const producer = subject.kafka.producer({ idempotent: true, maxInFlightRequests: 1, transactionalId });
    await producer.connect();
    for (const seq of [0, 1, 2]) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: encodeEvent(event(seq)) }] });
      await transaction.commit();
      await until(() => seqs(heard).includes(seq));
    }
    await producer.disconnect();
    expect([seqs(heard), told]).toEqual([[0, 1, 2], []]);
  });

  it("has a name that Kafka takes, or is refused", async () => {
    await using subject = await EventsSubject.open(sharedKafka());
    const bus = subject.bus();
    for (const group of ["", "x".repeat(201), "\ud800"])
      await expect(bus.subscribe(() => {}, { group })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    await subject.listen(bus, { group: "Zoë 🎲" });
  });
});
