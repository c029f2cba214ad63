import { LARGEST_WRITE, sizeOfRecord, type TopicRecords } from "../connection/writer.js";

/**
 * Records for several partitions in as few writes as brokers take them: the driver makes one batch of all that goes to a
 * partition, and a batch has a limit. Each partition's records stay in their order.
 */
export function inWrites(all: readonly TopicRecords[]): TopicRecords[][] {
  const writes: TopicRecords[][] = [];
  /** By partition, the last write that has some of it, and how much. */
  const filled = new Map<string, { at: number; bytes: number }>();
  for (const { topic, messages } of all) {
    for (const message of messages) {
      const name = `${topic} ${message.partition}`;
      const fill = filled.get(name) ?? { at: 0, bytes: 0 };
      filled.set(name, fill);
      const bytes = sizeOfRecord(message);
      if (fill.bytes > 0 && fill.bytes + bytes > LARGEST_WRITE)
        Object.assign(fill, { at: fill.at + 1, bytes: 0 });
      fill.bytes += bytes;
      const write = (writes[fill.at] ??= []);
      const known = write.find((one) => one.topic === topic);
      if (known) known.messages.push(message);
      else write.push({ topic, messages: [message] });
    }
  }
  return writes;
}
