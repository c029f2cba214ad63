import type { Kafka, Producer } from "kafkajs";

/**
 * A producer of transactions as somebody has it who knows the driver: by itself it waits 300 ms before it tries again what
 * came too early after another transaction, and soon gives up.
 */
export function transactional(kafka: Kafka, transactionalId: string): Producer {
  return kafka.producer({
    transactionalId,
    idempotent: true,
    maxInFlightRequests: 1,
    retry: { initialRetryTime: 5, maxRetryTime: 500, retries: 10 },
  });
}
