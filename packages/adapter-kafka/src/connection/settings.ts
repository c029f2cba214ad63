import type { AdminSettings, ConsumerSettings, ProducerSettings } from "./driver.js";

/** A setting of kafkajs that the adapter sets otherwise than the driver's default, and why. Times are in ms. */
export interface SettingReason {
  readonly of: string;
  readonly setting: string;
  readonly value: string;
  readonly usual: string;
  readonly why: string;
  /** The figure that it was chosen by. */
  readonly measured: string;
}

/**
 * How long a fetch waits for news. It is the least that ends a fetch which finds nothing, and kafkajs sends heartbeats,
 * notices rebalances, takes up what was resumed, and stops only between fetches.
 */
const FETCH_WAIT = 250;
/** How often a member says that it is there, which is how it hears that others came or went. */
const HEARTBEAT = 500;
/** How long a member may be silent: what a worker that was killed costs, and the least that brokers take by default. */
const SESSION = 6_000;
/**
 * How its waits grow, and by how much of them chance makes them longer or shorter: as kafkajs has it, but where `NODE_ENV` is
 * `test`. There it has waits of another kind, and tests would not see those that users have.
 */
const GROWTH = { multiplier: 2, factor: 0.2 };
/** How soon and how often the driver tries again by itself; who called is told after that, and tries again too. */
const RETRY = { ...GROWTH, initialRetryTime: 50, maxRetryTime: 1_000, retries: 6 };

/** One who reads as a member of a group of several. */
export const MEMBER = {
  sessionTimeout: SESSION,
  heartbeatInterval: HEARTBEAT,
  maxWaitTimeInMs: FETCH_WAIT,
  rebalanceTimeout: 30_000,
  metadataMaxAge: 30_000,
  allowAutoTopicCreation: false,
  retry: { ...RETRY, restartOnFailure: () => Promise.resolve(false) },
} satisfies Partial<ConsumerSettings>;

/** One who reads in a group of its own: nobody comes or goes. */
export const ALONE = {
  ...MEMBER,
  heartbeatInterval: 2_000,
} satisfies Partial<ConsumerSettings>;

/** One who writes without transactions. */
export const WRITER = {
  allowAutoTopicCreation: false,
  metadataMaxAge: 30_000,
  retry: RETRY,
} satisfies ProducerSettings;

/** The owner of a partition, who writes decisions in transactions. */
export const OWNER = {
  ...WRITER,
  idempotent: true,
  maxInFlightRequests: 1,
  transactionTimeout: 10_000,
  retry: { ...GROWTH, initialRetryTime: 2, maxRetryTime: 500, retries: 11 },
} satisfies ProducerSettings;

/** A worker, who reads whole logs when it takes over. */
export const WORKER = {
  ...MEMBER,
  maxBytesPerPartition: 8 * 2 ** 20,
  maxBytes: 32 * 2 ** 20,
} satisfies Partial<ConsumerSettings>;

/** One who asks for topics, offsets and groups. */
export const ADMIN = { retry: { ...RETRY, retries: 4 } } satisfies AdminSettings;

/** The table of the docs; a test holds both together. */
export const SETTING_REASONS: readonly SettingReason[] = [
  {
    of: "readers",
    setting: "maxWaitTimeInMs",
    value: `${FETCH_WAIT}`,
    usual: "5000",
    why: "only between fetches does kafkajs send heartbeats, notice a rebalance, and stop",
    measured: "a member joins in 0.5 s, not 5.0; a reader closes in 0.25 s, not 4.9",
  },
  {
    of: "members of a group",
    setting: "heartbeatInterval",
    value: `${HEARTBEAT}`,
    usual: "3000",
    why: "by its heartbeat a member hears that another came or went, and all wait for the last to hear it",
    measured: "a member joins in 0.5 s, not 3.1",
  },
  {
    of: "readers in a group of their own",
    setting: "heartbeatInterval",
    value: `${ALONE.heartbeatInterval}`,
    usual: "3000",
    why: "a third of their session, as brokers advise",
    measured: "–",
  },
  {
    of: "readers",
    setting: "sessionTimeout",
    value: `${SESSION}`,
    usual: "30000",
    why: "so long nobody has the partitions of a process that was killed; brokers take no less unless told to",
    measured: "they move after 6.1 to 6.2 s, not 30",
  },
  {
    of: "members of a group",
    setting: "rebalanceTimeout",
    value: `${MEMBER.rebalanceTimeout}`,
    usual: "60000",
    why: "so long the others wait for a member whose handler still runs",
    measured: "the longest stop of a group is 30 s",
  },
  {
    of: "readers",
    setting: "restartOnFailure",
    value: "never",
    usual: "always",
    why: "kafkajs begins again after its last wait; the adapter makes another reader, which goes on where it was",
    measured: "again after 0.2 s, not up to 30",
  },
  {
    of: "readers, writers",
    setting: "metadataMaxAge",
    value: `${MEMBER.metadataMaxAge}`,
    usual: "300000",
    why: "so late it is noticed that a topic has more partitions",
    measured: "30 s, not 5 min",
  },
  {
    of: "readers, writers",
    setting: "allowAutoTopicCreation",
    value: "false",
    usual: "true",
    why: "a topic that is missing is an error: the broker would make it with settings that lose records",
    measured: "–",
  },
  {
    of: "all",
    setting: "retry.initialRetryTime",
    value: `${RETRY.initialRetryTime}`,
    usual: "300",
    why: "who asks a moment too early, as when a group is used for the first time, asks again a moment later",
    measured: "all tries of a call take 2.6 s, not 9.3; the caller hears of it then",
  },
  {
    of: "all",
    setting: "retry.maxRetryTime",
    value: `${RETRY.maxRetryTime}`,
    usual: "30000",
    why: "when a broker is back, nobody sleeps on",
    measured: "1 s at most",
  },
  {
    of: "all",
    setting: "retry.retries",
    value: `${RETRY.retries}`,
    usual: "5",
    why: "more tries, as each wait is shorter; 4 for those who ask for topics and offsets",
    measured: "as above",
  },
  {
    of: "owners of partitions",
    setting: "retry.initialRetryTime",
    value: `${OWNER.retry.initialRetryTime}`,
    usual: "300",
    why: "a transaction right after another is told to come again until the first one's markers are written",
    measured: "p99 of a transaction 11 ms at 5, not 345; from a join to its match p99 57 ms, not 70 as at 5",
  },
  {
    of: "owners of partitions",
    setting: "idempotent",
    value: "true",
    usual: "false",
    why: "what is sent again within a transaction is written once",
    measured: "–",
  },
  {
    of: "owners of partitions",
    setting: "maxInFlightRequests",
    value: `${OWNER.maxInFlightRequests}`,
    usual: "none",
    why: "the order of decisions is the order of the log",
    measured: "–",
  },
  {
    of: "owners of partitions",
    setting: "transactionTimeout",
    value: `${OWNER.transactionTimeout}`,
    usual: "60000",
    why: "so long nobody reads past what a dead owner left open, unless another takes over before",
    measured: "10 s at most",
  },
  {
    of: "workers",
    setting: "maxBytesPerPartition",
    value: `${WORKER.maxBytesPerPartition}`,
    usual: "1048576",
    why: "a log is read in few large fetches when a worker takes over",
    measured: "1,000,000 records in 1.7 to 3.1 s",
  },
  {
    of: "workers",
    setting: "maxBytes",
    value: `${WORKER.maxBytes}`,
    usual: "10485760",
    why: "several logs at once",
    measured: "as above",
  },
];
