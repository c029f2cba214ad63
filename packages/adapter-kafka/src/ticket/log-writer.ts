import { Partitioners } from "kafkajs";
import type { KafkaLike, ProducerLike, RecordToSend } from "../connection/driver.js";
import { OWNER } from "../connection/settings.js";
import type { LogEntry } from "./log-record.js";
import type { LogWriter } from "./partition-owner.js";

/** Where a partition's decisions go. */
export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
  readonly transactionalId: string;
}

/** What one send holds at most, in bytes: a broker takes a megabyte at once by default. */
const MOST_BYTES = 700_000;

/**
 * Opens a log for its new owner, which takes the right to write from everyone before. kafkajs is not to be trusted with a
 * transaction that went wrong (a fenced one may look committed, a failed commit leaves it stuck), so the first error of
 * any kind is the last call.
 */
export async function openLog(kafka: KafkaLike, place: LogPlace): Promise<LogWriter> {
  const { transactionalId } = place;
  // Each record names its partition; without a partitioner kafkajs warns of its choice.
  const createPartitioner = Partitioners.DefaultPartitioner as never;
  const producer = kafka.producer({ ...OWNER, transactionalId, createPartitioner });
  await producer.connect();
  return new KafkaLogWriter(producer, place);
}

class KafkaLogWriter implements LogWriter {
  #isBroken = false;

  constructor(
    private readonly producer: ProducerLike,
    private readonly place: LogPlace,
  ) {}

  async append(entries: readonly LogEntry[]): Promise<number> {
    if (this.#isBroken) throw new Error("a transaction of this owner has failed before");
    this.#isBroken = true;
    // The first one asks for the producer's epoch, which fences all others.
    const transaction = await this.producer.transaction();
    let first: number | undefined;
    for (const messages of chunks(entries, this.place.partition)) {
      const [sent] = await transaction.send({ topic: this.place.topic, messages });
      if (sent?.errorCode !== 0 || sent.baseOffset === undefined) throw new Error("nothing was written");
      first ??= Number(sent.baseOffset);
    }
    await transaction.commit();
    this.#isBroken = false;
    return first ?? 0;
  }

  close(): Promise<void> {
    this.#isBroken = true;
    return this.producer.disconnect();
  }
}

function* chunks(entries: readonly LogEntry[], partition: number): Generator<RecordToSend[]> {
  let chunk: RecordToSend[] = [];
  let bytes = 0;
  for (const { key, value } of entries) {
    const size = key.length + Buffer.byteLength(value ?? "") + 32;
    if (chunk.length > 0 && bytes + size > MOST_BYTES) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push({ key, value, partition });
    bytes += size;
  }
  yield chunk;
}
