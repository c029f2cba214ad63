import type { AdminLike, KafkaLike } from "./driver.js";
import { inTime, type Patience } from "./in-time.js";
import { ADMIN } from "./settings.js";

/**
 * Asks for topics, offsets or groups on a connection of its own, which ends with the work: this is seldom needed, and an
 * administrator of kafkajs does not get over every way in which a connection breaks.
 */
export async function withAdmin<T>(
  kafka: KafkaLike,
  patience: Patience,
  work: (admin: AdminLike) => Promise<T>,
): Promise<T> {
  const admin = kafka.admin(ADMIN);
  try {
    return await inTime(patience, async () => {
      await admin.connect();
      return work(admin);
    });
  } finally {
    // Nobody waits for it: who is not connected yet is disconnected when it is.
    admin.disconnect().catch(() => {});
  }
}
