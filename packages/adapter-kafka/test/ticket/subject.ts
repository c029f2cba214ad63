import { freshTopics, kafkaClient, type Brokers } from "@evenmatch/services";
import { CONTRACT_QUEUES, type TicketStoreSubject } from "@evenmatch/testkit";
import type { Kafka } from "kafkajs";
import { vi } from "vitest";
import { KafkaTicketStore, type KafkaTicketStoreOptions } from "../../src/ticket/ticket-store.js";
import { Names } from "../../src/ticket/names.js";
import { Places } from "../../src/ticket/places.js";
import { encodeAsked, encodeRequests } from "../../src/ticket/requests.js";

/** The regions of the contract that have to spread evenly, on as many partitions. */
export const REGIONS = Array.from({ length: 9 }, (_, index) => `r${index}`);

/** What a test of the ticket store plays on. */
export interface Subject extends Omit<TicketStoreSubject, "store"> {
  readonly names: Names;
  readonly prefix: string;
  /** A client that no store has. */
  readonly kafka: Kafka;
  store(options?: KafkaTicketStoreOptions): KafkaTicketStore;
}

/** Topics of one test, with stores that each have a client of their own, as processes have. */
export async function ticketStoreSubject(
  brokers: Brokers,
  {
    partitions = {},
    ...options
  }: KafkaTicketStoreOptions & { partitions?: Readonly<Record<string, number>> } = {},
): Promise<Subject> {
  const topics = freshTopics(brokers);
  const prefix = `${topics.prefix}.m`;
  const names = new Names(prefix);
  const kafka = kafkaClient(brokers);
  const count = (queue: string): number => partitions[queue] ?? 1;
  const admin = kafka.admin();
  await admin.connect();
  const compacted = [{ name: "cleanup.policy", value: "compact" }];
  const made = [
    ...CONTRACT_QUEUES.flatMap((queue) => [
      { topic: names.requests(queue), numPartitions: count(queue) },
      { topic: names.log(queue), numPartitions: count(queue), configEntries: compacted },
    ]),
    { topic: names.answers, numPartitions: 1 },
  ];
  await admin.createTopics({ waitForLeaders: false, topics: made });
  // A broker hears of a topic a little after it was made.
  const isKnown = (): Promise<boolean> =>
    Promise.all(made.map(({ topic }) => admin.fetchTopicOffsets(topic))).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isKnown, { timeout: 30_000, interval: 20 });
  const producer = kafka.producer();
  await producer.connect();
  const stores: KafkaTicketStore[] = [];
  const offers: { readonly queue: string; readonly signal: AbortSignal | undefined }[] = [];
  return {
    names,
    prefix,
    kafka,
    store(own) {
      const store = new KafkaTicketStore(kafkaClient(brokers), { ...options, ...own, prefix });
      stores.push(store);
      const offer = store.own.bind(store);
      store.own = (queues, call) => {
        for (const queue of queues) offers.push({ queue, signal: call.signal });
        return offer(queues, call);
      };
      return store;
    },
    async endLease({ pool, lost }) {
      const { queue } = pool;
      // Who has offered a moment ago may still be on the way into the group, and be given the partition then.
      const isCalm = async (): Promise<boolean> => {
        const { groups } = await admin.describeGroups([names.workers(queue)]);
        const members = offers.filter((one) => one.queue === queue && !one.signal?.aborted);
        return groups[0]?.state === "Stable" && groups[0].members.length === members.length;
      };
      let calm = 0;
      const isCalmTwice = async (): Promise<boolean> => (calm = (await isCalm()) ? calm + 1 : 0) > 1;
      await vi.waitUntil(isCalmTwice, { timeout: 30_000, interval: 20 });
      if (lost.aborted) return;
      const partition = new Places({ key: "pool", regions: options.regions ?? [] }, count(queue)).partitionOf(
        pool,
      );
      // Somebody else takes the right to write; the owner hears it when it writes next.
      const transactionalId = names.transactions(queue, partition);
      const other = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
      await other.connect();
      await (await other.transaction()).abort();
      await other.disconnect();
      const end = async (): Promise<string> => {
        const ends = await admin.fetchTopicOffsets(names.log(queue));
        return ends.find((one) => one.partition === partition)!.high;
      };
      const before = await end();
      const request = { type: "beat", ticketId: `${queue}.${pool.region}.nobody` } as const;
      const asked = { type: "request", request, at: 0 } as const;
      const value = encodeRequests({ id: "nobody", partition: 0 }, [[1, encodeAsked(asked)]]);
      await producer.send({ topic: names.requests(queue), messages: [{ key: null, value, partition }] });
      // While the owner's transaction was under way the right was taken twice, and who had it in between has not heard of
      // it yet. Whatever is written from now on is of somebody who has taken it after that.
      await vi.waitUntil(async () => (await end()) !== before, { timeout: 30_000, interval: 10 });
    },
    async close() {
      await Promise.all(stores.map((store) => store.close()));
      await producer.disconnect();
      await admin.disconnect();
      await topics.drop();
    },
  };
}
