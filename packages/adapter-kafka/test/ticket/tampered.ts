import type { Batch, KafkaLike, PartitionEnds, ProducerLike, Sent } from "../../src/connection/driver.js";
import { between, changed } from "../clients.js";

type SentBatch = Parameters<ProducerLike["sendBatch"]>[0];

/** What befalls the calls of a client; each is given what does the work. */
export interface Tampering {
  connect?: (() => Promise<void>) | undefined;
  commit?: ((work: () => Promise<void>, transactionalId: string) => Promise<void>) | undefined;
  send?: ((work: () => Promise<Sent[]>, batch: SentBatch) => Promise<Sent[]>) | undefined;
  /** Whether what was fetched comes only later, as from a broker that is slow. */
  isLate?: ((batch: Batch) => boolean) | undefined;
  ends?: ((work: () => Promise<PartitionEnds[]>) => Promise<PartitionEnds[]>) | undefined;
}

/** A client to whose calls happens what is said at the time, and how many of its producers are connected. */
export function tampered(kafka: KafkaLike): { kafka: KafkaLike; does: Tampering; open: Set<string> } {
  const does: Tampering = {};
  const open = new Set<string>();
  let made = 0;
  const one = changed(kafka, {
    consumer: between(async (call, handle, consumer) => {
      const { topic, partition, messages } = call.batch;
      if (!does.isLate?.(call.batch)) return handle(call);
      consumer.seek({ topic, partition, offset: messages[0]!.offset });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }),
    admin: (admin) => ({
      fetchTopicOffsets: (topic) => {
        const work = (): Promise<PartitionEnds[]> => admin.fetchTopicOffsets(topic);
        return does.ends ? does.ends(work) : work();
      },
    }),
    producer: (producer, settings) => {
      const { transactionalId = "none" } = settings ?? {};
      const name = `${transactionalId} ${made++}`;
      return {
        async connect() {
          open.add(name);
          if (settings?.transactionalId) await does.connect?.();
          await producer.connect();
        },
        async disconnect() {
          await producer.disconnect();
          open.delete(name);
        },
        sendBatch(batch) {
          const work = (): Promise<Sent[]> => producer.sendBatch(batch);
          return does.send ? does.send(work, batch) : work();
        },
        async transaction() {
          const transaction = await producer.transaction();
          const work = (): Promise<void> => transaction.commit();
          const commit = (): Promise<void> => (does.commit ? does.commit(work, transactionalId) : work());
          return { ...transaction, commit };
        },
      };
    },
  });
  return { kafka: one, does, open };
}
