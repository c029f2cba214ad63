import type {
  AdminLike,
  BatchCall,
  ConsumerLike,
  KafkaLike,
  ProducerLike,
} from "../src/connection/driver.js";

/** What is otherwise with the parts of a client; each is given the part as it is, and says what takes its place. */
export interface Changes {
  readonly admin?: (admin: AdminLike) => Partial<AdminLike>;
  readonly consumer?: (consumer: ConsumerLike) => Partial<ConsumerLike>;
  readonly producer?: (
    producer: ProducerLike,
    settings: Parameters<KafkaLike["producer"]>[0],
  ) => Partial<ProducerLike>;
}

/** A client like another one, but for what is changed. */
export function changed(kafka: KafkaLike, { admin, consumer, producer }: Changes): KafkaLike {
  return {
    admin: (settings) => {
      const one = kafka.admin(settings);
      return { ...one, ...admin?.(one) };
    },
    consumer: (settings) => {
      const one = kafka.consumer(settings);
      return { ...one, ...consumer?.(one) };
    },
    producer: (settings) => {
      const one = kafka.producer(settings);
      return { ...one, ...producer?.(one, settings) };
    },
  };
}

/** What stands between a consumer and whoever handles its batches. */
export function between(
  take: (
    call: BatchCall,
    handle: (call: BatchCall) => Promise<void>,
    consumer: ConsumerLike,
  ) => Promise<void>,
): NonNullable<Changes["consumer"]> {
  return (consumer) => ({
    run: (how) => consumer.run({ ...how, eachBatch: (call) => take(call, how.eachBatch, consumer) }),
  });
}
