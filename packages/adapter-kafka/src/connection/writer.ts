import type { Clock, Millis } from "@evenmatch/core";
import { Partitioners } from "kafkajs";
import type { KafkaLike, ProducerLike, RecordToSend, Sent } from "./driver.js";
import { farewell, inTime } from "./in-time.js";
import { WRITER } from "./settings.js";

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
        checkSent(records, sent);
      });
    } catch (error) {
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
    const producer = this.#kafka.producer({
      ...WRITER,
      createPartitioner: Partitioners.DefaultPartitioner as never,
    });
    await producer.connect();
    return producer;
  }

  #drop(producer: Promise<ProducerLike>): void {
    if (this.#producer === producer) this.#producer = undefined;
    producer.then((one) => one.disconnect()).catch(() => {});
  }
}

/** The driver leaves out records for a partition that it has not heard of yet, and says nothing. */
function checkSent(records: readonly TopicRecords[], sent: readonly Sent[]): void {
  for (const { topic, messages } of records)
    for (const { partition } of messages) {
      const lies = (one: Sent): boolean => one.topicName === topic && one.partition === partition;
      if (partition !== undefined && !sent.some(lies))
        throw new Error(`nothing was written to partition ${partition} of ${topic}`);
    }
}
