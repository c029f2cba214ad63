import type { Consumer, Kafka, Message, Producer } from "kafkajs";
import { transactional } from "./transactional.js";

/** The topics of a side. */
export interface Topics {
  readonly requests: string;
  readonly log: string;
  readonly answers: string;
  readonly events: string;
}

/** Records for one topic, as they go out in one send. */
export type Records = readonly Message[];

/** What goes out for joins, or for what comes after them: each of it one send, and each transaction some of them. */
export interface Sent {
  readonly requests: readonly Records[];
  readonly transactions: readonly (readonly Records[])[];
  readonly answers: readonly Records[];
  readonly events: readonly Records[];
}

/** How long a fetch waits for news, in ms, as the adapter has it: so long it takes to close. */
const WAIT = 250;

/** Joins that wait for their answers. */
interface Open {
  readonly sent: Sent;
  /** Records of requests that are still to be read. */
  missing: number;
}

/**
 * The reference of the row about throughput: what somebody writes with kafkajs alone whose records are these. Requests
 * are produced; one consumer reads them, writes for each batch of them a transaction of its partition's producer, and
 * answers; who asked waits for the answer. It looks into no record and decides nothing.
 */
export class Bare {
  readonly #topics: Topics;
  readonly #writer: Producer;
  readonly #owners: readonly Producer[];
  readonly #workers: Consumer;
  readonly #asker: Consumer;
  /** What is asked on each partition, in order. */
  readonly #asked: Open[][];
  /** Who waits for an answer, by its text. */
  readonly #waiting = new Map<string, () => void>();

  constructor(kafka: Kafka, name: string, topics: Topics, partitions: number) {
    this.#topics = topics;
    this.#writer = kafka.producer();
    this.#owners = Array.from({ length: partitions }, (_, partition) =>
      transactional(kafka, `${name}-${partition}`),
    );
    this.#asked = this.#owners.map(() => []);
    this.#workers = kafka.consumer({ groupId: `${name}-workers`, maxWaitTimeInMs: WAIT });
    this.#asker = kafka.consumer({ groupId: `${name}-asker`, maxWaitTimeInMs: WAIT });
  }

  async open(): Promise<void> {
    await Promise.all([this.#writer, ...this.#owners].map((producer) => producer.connect()));
    await this.#run(this.#workers, this.#topics.requests, (partition, values) =>
      this.#take(partition, values.length),
    );
    await this.#run(this.#asker, this.#topics.answers, async (_, values) => {
      for (const value of values) this.#waiting.get(value)?.();
    });
  }

  /** Joins, until they are answered. */
  async join(partition: number, sent: Sent): Promise<void> {
    const missing = sent.requests.reduce((sum, records) => sum + records.length, 0);
    this.#asked[partition]!.push({ sent, missing });
    const answered = sent.answers.flat().map(
      ({ value }) =>
        new Promise<void>((resolve) => {
          this.#waiting.set(String(value), resolve);
        }),
    );
    for (const messages of sent.requests) await this.#send(this.#topics.requests, messages);
    await Promise.all(answered);
    for (const { value } of sent.answers.flat()) this.#waiting.delete(String(value));
  }

  /** Decides and announces. */
  async write(partition: number, { transactions, events }: Sent): Promise<void> {
    for (const transaction of transactions) await this.#transact(partition, transaction);
    for (const messages of events) await this.#send(this.#topics.events, messages);
  }

  async close(): Promise<void> {
    const all = [this.#workers, this.#asker, this.#writer, ...this.#owners];
    await Promise.all(all.map((one) => one.disconnect()));
  }

  async #take(partition: number, count: number): Promise<void> {
    for (let left = count; left > 0;) {
      const [open] = this.#asked[partition]!;
      if (!open) throw new Error("nothing is read that was not asked");
      const taken = Math.min(left, open.missing);
      left -= taken;
      open.missing -= taken;
      if (open.missing > 0) continue;
      this.#asked[partition]!.shift();
      for (const transaction of open.sent.transactions) await this.#transact(partition, transaction);
      for (const messages of open.sent.answers) await this.#send(this.#topics.answers, messages);
    }
  }

  async #transact(partition: number, sends: readonly Records[]): Promise<void> {
    const transaction = await this.#owners[partition]!.transaction();
    for (const messages of sends)
      await transaction.send({ topic: this.#topics.log, messages: [...messages] });
    await transaction.commit();
  }

  async #send(topic: string, messages: Records): Promise<void> {
    await this.#writer.send({ topic, messages: [...messages], acks: -1 });
  }

  async #run(
    consumer: Consumer,
    topic: string,
    take: (partition: number, values: readonly string[]) => Promise<void>,
  ): Promise<void> {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
    await consumer.run({
      autoCommit: false,
      partitionsConsumedConcurrently: this.#owners.length,
      eachBatch: ({ batch }) =>
        take(
          batch.partition,
          batch.messages.map(({ value }) => String(value)),
        ),
    });
    await joined;
  }
}
