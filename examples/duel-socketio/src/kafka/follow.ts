import { randomUUID } from "node:crypto";
import type { Kafka } from "kafkajs";

/** A reader looks so often whether it is to stop, in ms. */
const FETCH = 250;

/** Topics that are read from their beginning, and as they grow. */
export interface Following {
  /** Resolves when all has been read that was there when this was called. */
  caughtUp(): Promise<void>;
  close(): Promise<void>;
}

export interface Followed {
  readonly topics: readonly string[];
  /** What the name of the reader's group begins with: it is alone in it, and leaves nothing behind. */
  readonly group: string;
  /** Given every record, those of a key in their order; a value of null says that the key is gone. */
  readonly take: (key: string, value: string | null) => void;
  /** Nothing is read any more, although nobody has closed it. */
  readonly ended: (error: Error) => void;
}

/** Begins to read what transactions have committed in these topics. */
export async function follow(kafka: Kafka, { topics, group, take, ended }: Followed): Promise<Following> {
  const consumer = kafka.consumer({
    groupId: `${group}-${randomUUID()}`,
    maxWaitTimeInMs: FETCH,
    allowAutoTopicCreation: false,
  });
  const progress = new Progress();
  const { END_BATCH_PROCESS, CRASH } = consumer.events;
  // It is told of batches, too, in which nothing is left but the marks of transactions.
  consumer.on(END_BATCH_PROCESS, ({ payload: { topic, partition, lastOffset } }) =>
    progress.reached(topic, partition, BigInt(lastOffset) + 1n),
  );
  consumer.on(CRASH, ({ payload: { error, restart } }) => {
    if (restart) return;
    progress.fail(error);
    ended(error);
  });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachMessage({ message: { key, value } }) {
        if (key) take(key.toString(), value && value.toString());
        return Promise.resolve();
      },
    });
  } catch (error) {
    await consumer.disconnect().catch(() => {});
    throw error;
  }
  return {
    caughtUp: async () => progress.until(await endsOf(kafka, topics)),
    async close() {
      progress.fail(new Error("It was closed."));
      await consumer.disconnect();
    },
  };
}

/** How far partitions are read, or are to be: the offset of the next record. */
type Offsets = Map<string, bigint>;

class Progress {
  readonly #read: Offsets = new Map();
  #failed: Error | undefined;
  #waiting: (() => void)[] = [];

  reached(topic: string, partition: number, next: bigint): void {
    this.#read.set(placeOf(topic, partition), next);
    this.#look();
  }

  /** Whoever waits need not any more. */
  fail(error: Error): void {
    this.#failed = error;
    this.#look();
  }

  async until(ends: Offsets): Promise<void> {
    while ([...ends].some(([place, end]) => (this.#read.get(place) ?? 0n) < end)) {
      if (this.#failed) throw this.#failed;
      await new Promise<void>((again) => this.#waiting.push(again));
    }
  }

  #look(): void {
    for (const again of this.#waiting.splice(0)) again();
  }
}

async function endsOf(kafka: Kafka, topics: readonly string[]): Promise<Offsets> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const found = await Promise.all(
      topics.map(async (topic) => {
        const offsets = await admin.fetchTopicOffsets(topic);
        return offsets.map(({ partition, high }) => [placeOf(topic, partition), BigInt(high)] as const);
      }),
    );
    return new Map(found.flat());
  } finally {
    await admin.disconnect();
  }
}

function placeOf(topic: string, partition: number): string {
  return `${topic} ${partition}`;
}
