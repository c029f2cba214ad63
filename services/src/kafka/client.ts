import { Kafka, logLevel, type Admin, type KafkaConfig } from "kafkajs";

/** Where a client finds brokers. */
export interface Brokers {
  /** As `host:port`. */
  readonly brokers: readonly string[];
}

const patience = { initialRetryTime: 5, maxRetryTime: 500, retries: 25 };

/**
 * A client of kafkajs with what a test needs:
 *
 * - It tries again after 5 ms, not after 300: a transaction that begins right after another is told
 *   CONCURRENT_TRANSACTIONS until the first one's markers are written, some milliseconds later.
 * - It tries for some ten seconds, which is more than a broker takes to restart.
 * - It logs nothing: kafkajs calls each of those tries an error. Give `logLevel` to see them.
 *
 * @param options whatever kafkajs takes; it comes before the above
 */
export function kafkaClient({ brokers }: Brokers, options: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({
    clientId: "evenmatch-test",
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 5_000,
    requestTimeout: 15_000,
    ...options,
    retry: { ...patience, ...options.retry },
  });
}

/** One that says at once what is wrong, for those who look again themselves. */
export const impatient = { connectionTimeout: 2_000, requestTimeout: 5_000, retry: { retries: 0 } };

/** Runs work on a connection of its own, which ends with the work. */
export async function withAdmin<T>(
  brokers: readonly string[],
  work: (admin: Admin) => Promise<T>,
  options: Partial<KafkaConfig> = {},
): Promise<T> {
  // Without these, an administrator of kafkajs has a patience of his own.
  const { retry = {} } = options;
  const admin = kafkaClient({ brokers }, options).admin({ retry: { ...patience, ...retry } });
  try {
    await admin.connect();
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** The numbers of the brokers that a broker knows and takes for alive. */
export async function aliveBrokers(brokers: readonly string[]): Promise<number[]> {
  const { brokers: alive } = await withAdmin(brokers, (admin) => admin.describeCluster(), impatient);
  return alive.map(({ nodeId }) => nodeId);
}
