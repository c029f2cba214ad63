import type { Admin } from "kafkajs";
import { vi } from "vitest";

/** Deletes a topic, and makes another of its name, of one partition. */
export async function makeAnew(admin: Admin, topic: string): Promise<void> {
  await admin.deleteTopics({ topics: [topic] });
  const isMade = (): Promise<boolean> =>
    admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: 1 }] }).then(
      () => true,
      () => false,
    );
  await vi.waitUntil(isMade, { timeout: 10_000 });
}
