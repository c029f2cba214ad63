import type { BusEvent } from "@evenmatch/core";
import { encodeEvent, Reports } from "@evenmatch/core/adapter";
import { event, numbers } from "@evenmatch/services/vitest/adapter";
import { ManualClock } from "@evenmatch/testkit";
import { expect, it } from "vitest";
import type {
  AdminLike,
  BatchCall,
  ConsumerLike,
  GroupJoined,
  KafkaLike,
} from "../../src/connection/driver.js";
import { Writer } from "../../src/connection/writer.js";
import { DeadLetters } from "../../src/event/dead-letters.js";
import { Member } from "../../src/event/member.js";

const TOPIC = "events";
const END = "10";
const NONE = "-1";

/** A topic in which events were published before the group was, and the places of that group. */
class Group {
  readonly places = new Map(numbers(0, 3).map((partition) => [partition, NONE]));
  readonly #clock = new ManualClock({ warn: () => {} });

  /** One who comes; their commits wait for `answer`. */
  member(answer: Promise<void> = Promise.resolve()) {
    const heard: BusEvent[] = [];
    const sought: string[] = [];
    let told: (joined: GroupJoined) => void = () => {};
    let take: (call: BatchCall) => Promise<void> = () => Promise.resolve();
    const admin: Partial<AdminLike> = {
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      fetchOffsets: () => {
        const partitions = Array.from(this.places, ([partition, offset]) => ({ partition, offset }));
        return Promise.resolve([{ topic: TOPIC, partitions }]);
      },
      fetchTopicOffsets: () =>
        Promise.resolve(
          Array.from(this.places, ([partition]) => ({ partition, offset: END, high: END, low: "0" })),
        ),
    };
    const consumer: Partial<ConsumerLike> = {
      connect: () => Promise.resolve(),
      disconnect: () => Promise.resolve(),
      subscribe: () => Promise.resolve(),
      run: ({ eachBatch }) => {
        take = eachBatch;
        return Promise.resolve();
      },
      on: (type: string, listener: unknown) => {
        if (type === "consumer.group_join") told = listener as typeof told;
        return () => {};
      },
      seek: ({ partition, offset }) => void sought.push(`${partition}:${offset}`),
      commitOffsets: async (offsets) => {
        await answer;
        for (const { partition, offset } of offsets) this.places.set(partition, offset);
      },
    };
    const kafka = { admin: () => admin, consumer: () => consumer } as unknown as KafkaLike;
    const reports = new Reports({ onError: () => {}, warn: () => {}, clock: this.#clock });
    const writer = new Writer(kafka, { clock: this.#clock, timeoutMs: 10_000 });
    const dead = new DeadLetters(writer, reports, { from: TOPIC, to: "dead" });
    const opened = Member.open(
      (events) => void heard.push(...events),
      {
        kafka,
        topic: TOPIC,
        group: "g",
        groupId: "events-g",
        timeoutMs: 10_000,
        closing: new AbortController().signal,
      },
      { clock: this.#clock, reports, dead },
    );
    const joined = (...partitions: number[]): void => {
      const memberAssignment = { [TOPIC]: partitions };
      told({ payload: { groupId: "events-g", memberId: "m", isLeader: false, memberAssignment } });
    };
    return { opened, joined, heard, sought, take: (call: BatchCall) => take(call) };
  }

  /** Lets everything happen that can. */
  async settle(): Promise<void> {
    for (let turn = 0; turn < 5; turn++) await this.#clock.advance(50);
  }
}

/** The oldest event of a partition, as a driver fetches it that knows of no place. */
function oldest(partition: number): BatchCall {
  const record = { key: null, value: Buffer.from(encodeEvent(event(0))), timestamp: "0", offset: "0" };
  return {
    batch: { topic: TOPIC, partition, highWatermark: END, messages: [record], lastOffset: () => "0" },
    resolveOffset: () => {},
    heartbeat: () => Promise.resolve(),
    isStale: () => false,
    commitOffsetsIfNecessary: () => Promise.resolve(),
  } as Partial<BatchCall> as BatchCall;
}

it("begins at the end everywhere, also where one who founds it has come further than another", async () => {
  const group = new Group();
  const [quick, slow] = [group.member(), group.member(new Promise(() => {}))];
  slow.opened.catch(() => {});
  await group.settle();
  quick.joined(1, 2);
  slow.joined(0);
  const taken = quick.take(oldest(1));
  await group.settle();
  const third = group.member();
  await group.settle();
  // The group is shared out anew, before the slow one has its word.
  quick.joined(1, 2);
  third.joined(0);
  await group.settle();
  await Promise.all([quick.opened, third.opened]);
  expect([...group.places.values()]).toEqual([END, END, END]);
  // What was fetched before it had its place comes to nobody.
  await taken;
  await Promise.all([quick.take(oldest(1)), third.take(oldest(0))]);
  expect([...quick.heard, ...third.heard]).toEqual([]);
  expect(quick.sought).toContain(`1:${END}`);
});
