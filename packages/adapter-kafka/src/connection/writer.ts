import type { Clock, Millis } from "@evenmatch/core";
import { Partitioners } from "kafkajs";
import type { KafkaLike, ProducerLike, ProducerSettings, RecordToSend, Sent } from "./driver.js";
import { farewell, inTime } from "./in-time.js";
import { WRITER } from "./settings.js";

type MakePartitioner = NonNullable<ProducerSettings["createPartitioner"]>;

/** Records for a topic. */
export interface TopicRecords {
  readonly topic: string;
  readonly messages: RecordToSend[];
}

/**
 * As much goes to a topic at once, in bytes: the brokers' limit for what is written to a partition together is 1,048,588
 * unless somebody changed it, and a record has some bytes more than its key and value.
 */
export const LARGEST_WRITE = 900_000;

/** How many bytes a record takes, about. */
export function sizeOfRecord({ key, value }: RecordToSend): number {
  return Buffer.byteLength(key ?? "") + Buffer.byteLength(value ?? "") + 100;
}

/**
 * Writes records without transactions, and knows that as many brokers have them as min.insync.replicas says. One that
 * failed is replaced: what became of its connections is nobody's concern then.
 *
 * It is no idempotent producer: kafkajs wants one to try for ever, also what its caller has long given up, and who calls
 * again writes twice all the same.
 */
export class Writer {
  readonly #kafka: KafkaLike;
  readonly #patience: { readonly clock: Clock; readonly timeoutMs: Millis };
  /** Where records go, as long as they are on their way. */
  readonly #partitions = new WeakMap<RecordToSend, number>();
  #producer: Promise<ProducerLike> | undefined;
  #isClosed = false;

  constructor(kafka: KafkaLike, patience: { readonly clock: Clock; readonly timeoutMs: Millis }) {
    this.#kafka = kafka;
    this.#patience = patience;
  }

  /**
   * Resolves when the records are written. Rejects with an `EvenmatchError`, a retryable one when it is not known whether
   * they are: some of them may be, perhaps later.
   */
  async send(records: readonly TopicRecords[], signal?: AbortSignal): Promise<void> {
    const producer = (this.#producer ??= this.#open());
    try {
      await inTime({ ...this.#patience, signal }, async () => {
        const ready = await producer;
        const sent = await ready.sendBatch({
          topicMessages: records.map(({ topic, messages }) => ({ topic, messages })),
          acks: -1,
          timeout: this.#patience.timeoutMs,
        });
        this.#checkSent(records, sent);
      });
    } catch (error) {
      for (const { messages } of records) for (const message of messages) this.#partitions.delete(message);
      if (!signal?.aborted) this.#drop(producer);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const producer = this.#producer;
    // The driver waits for what it has sent, and tries to connect, for as long as it does.
    if (producer) await farewell(this.#patience.clock, async () => (await producer).disconnect());
  }

  async #open(): Promise<ProducerLike> {
    if (this.#isClosed) throw new Error("It was closed.");
    const producer = this.#kafka.producer({ ...WRITER, createPartitioner: () => this.#partitioner() });
    await producer.connect();
    return producer;
  }

  #drop(producer: Promise<ProducerLike>): void {
    if (this.#producer === producer) this.#producer = undefined;
    producer.then((one) => one.disconnect()).catch(() => {});
  }

  /** The driver's own, whose word on a record is kept: one without a key would go elsewhere when the driver tries again. */
  #partitioner(): ReturnType<MakePartitioner> {
    const choose = (Partitioners.DefaultPartitioner as unknown as MakePartitioner)();
    return (record) => {
      const chosen = this.#partitions.get(record.message) ?? choose(record);
      this.#partitions.set(record.message, chosen);
      return chosen;
    };
  }

  /**
   * The driver leaves out records for a partition that it has not heard of yet, and those whose leader has changed to a
   * broker that has answered for others, and says nothing.
   */
  #checkSent(records: readonly TopicRecords[], sent: readonly Sent[]): void {
    const written = new Set(sent.map(({ topicName, partition }) => `${partition} ${topicName}`));
    for (const { topic, messages } of records)
      for (const message of messages) {
        const partition = message.partition ?? this.#partitions.get(message);
        if (partition !== undefined && !written.has(`${partition} ${topic}`))
          throw new Error(`nothing was written to partition ${partition} of ${topic}`);
      }
  }
}
