import type { AdminSettings, ConsumerSettings, ProducerSettings } from "./driver.js";

/** A setting of kafkajs that the adapter sets otherwise than the driver's default, and why. Times are in ms. */
export interface SettingReason {
  readonly of: string;
  readonly setting: string;
  readonly value: string;
  readonly usual: string;
  readonly why: string;
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
/** How soon and how often the driver tries again by itself; who called is told after that, and tries again too. */
const RETRY = { initialRetryTime: 50, maxRetryTime: 1_000, retries: 6 };

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

/** One who reads in a group of its own. */
export const ALONE = {
  ...MEMBER,
  sessionTimeout: 30_000,
  heartbeatInterval: 3_000,
} satisfies Partial<ConsumerSettings>;

/** One who writes without transactions. */
export const WRITER = {
  allowAutoTopicCreation: false,
  metadataMaxAge: 30_000,
  retry: RETRY,
} satisfies ProducerSettings;

/** One who asks for topics, offsets and groups. */
export const ADMIN = { retry: { ...RETRY, retries: 4 } } satisfies AdminSettings;

/** The table of the docs; a test holds both together. */
export const SETTING_REASONS: readonly SettingReason[] = [
  {
    of: "readers",
    setting: "maxWaitTimeInMs",
    value: `${FETCH_WAIT}`,
    usual: "5,000",
    why: "kafkajs sends heartbeats, notices a rebalance and stops only between fetches",
  },
  {
    of: "members of a group",
    setting: "heartbeatInterval",
    value: `${HEARTBEAT}`,
    usual: "3,000",
    why: "a member hears by its heartbeat that another came or went; all wait for the last to hear it",
  },
  {
    of: "members of a group",
    setting: "sessionTimeout",
    value: "6,000",
    usual: "30,000",
    why: "so long nobody has the partitions of a process that was killed; brokers take no less by default",
  },
  {
    of: "members of a group",
    setting: "rebalanceTimeout",
    value: "30,000",
    usual: "60,000",
    why: "so long a rebalance waits for a member whose handler still runs",
  },
  {
    of: "readers",
    setting: "restartOnFailure",
    value: "never",
    usual: "always",
    why: "kafkajs waits up to 30 s before it starts again; the adapter makes another reader after 200 ms, and goes on where it was",
  },
  {
    of: "readers, writers",
    setting: "metadataMaxAge",
    value: "30,000",
    usual: "300,000",
    why: "so late it is noticed that a topic has other partitions",
  },
  {
    of: "readers, writers",
    setting: "allowAutoTopicCreation",
    value: "false",
    usual: "true",
    why: "a topic that is missing is an error: brokers would make it with settings that lose records",
  },
  {
    of: "all",
    setting: "retry.initialRetryTime",
    value: "50",
    usual: "300",
    why: "a broker that is asked too early, as right after it became a leader, answers some ms later",
  },
  {
    of: "all",
    setting: "retry.maxRetryTime",
    value: "1,000",
    usual: "30,000",
    why: "when a broker is back, nobody waits longer than that to notice",
  },
];
