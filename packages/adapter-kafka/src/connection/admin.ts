import type { AdminLike, KafkaLike } from "./driver.js";
import { farewell, type Patience, untilItWorks } from "./in-time.js";
import { ADMIN } from "./settings.js";

/**
 * Asks for topics, offsets or groups on a connection of its own, which ends with the work: this is seldom needed, and an
 * administrator of kafkajs does not get over every way in which a connection breaks. The work may be done more than once.
 */
export async function withAdmin<T>(
  kafka: KafkaLike,
  patience: Patience,
  work: (admin: AdminLike) => Promise<T>,
): Promise<T> {
  return untilItWorks(patience, async () => {
    const admin = kafka.admin(ADMIN);
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      // Who closes waits for what it has asked, and nothing of it is open then.
      await farewell(patience.clock, () => admin.disconnect());
    }
  });
}
