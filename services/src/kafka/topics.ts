import { randomBytes } from "node:crypto";
import { waitFor } from "../process/wait.js";
import { impatient, withAdmin, type Brokers } from "./client.js";

/** What a topic is made with. */
export interface TopicOptions {
  /** Default 1. */
  partitions?: number;
  /** For example `{ "cleanup.policy": "compact" }`. */
  config?: Readonly<Record<string, string | number>>;
}

/** The part of a shared broker that belongs to one test: all topics, groups and transactions of these names. */
export interface FreshTopics extends AsyncDisposable {
  /** Letters and digits, with which the names of topics, groups and transactional ids of this test begin. */
  prefix: string;
  /** Makes a topic, which every broker knows then, and returns its name: the prefix, a dot and this one. */
  create(name: string, options?: TopicOptions): Promise<string>;
  /**
   * Removes the topics and the groups whose names begin with the prefix, and waits until brokers know of none any more. The
   * last members of a group may be about to leave it.
   */
  drop(): Promise<void>;
}

/**
 * A beginning for the names of one test, so that test files run side by side on one broker.
 *
 * @param server a broker, or anything with the addresses of one
 */
export function freshTopics({ brokers }: Brokers): FreshTopics {
  const prefix = `test${randomBytes(8).toString("hex")}`;
  const create = async (name: string, { partitions = 1, config = {} }: TopicOptions = {}) => {
    const topic = `${prefix}.${name}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value: `${value}` }));
    const topics = [{ topic, numPartitions: partitions, configEntries }];
    const alive = await withAdmin(brokers, async (admin) => {
      await admin.createTopics({ topics, waitForLeaders: false });
      return (await admin.describeCluster()).brokers;
    });
    // A client asks any broker, and one that has not heard of the topic yet says that there is none.
    await Promise.all(alive.map((broker) => known(`${broker.host}:${broker.port}`, topic)));
    return topic;
  };
  /** Whether nothing was left to remove. */
  const remove = () =>
    withAdmin(brokers, async (admin) => {
      // First the groups: one that has nothing left to remember goes by itself, and then it cannot be deleted.
      const { groups } = await admin.listGroups();
      const mine = groups.map(({ groupId }) => groupId).filter((group) => group.startsWith(prefix));
      if (mine.length > 0) await admin.deleteGroups(mine);
      const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(prefix));
      if (topics.length > 0) await admin.deleteTopics({ topics });
      return mine.length + topics.length === 0;
    });
  // The controller says that a topic is deleted before the brokers have heard of it, which say that it is there.
  const drop = async () => {
    await waitFor(remove, { what: `what begins with ${prefix} to be gone` });
  };
  return { prefix, create, drop, [Symbol.asyncDispose]: drop };
}

async function known(broker: string, topic: string): Promise<void> {
  const look = async () => {
    const { topics } = await withAdmin(
      [broker],
      (admin) => admin.fetchTopicMetadata({ topics: [topic] }),
      impatient,
    );
    return topics[0]!.partitions.every(({ leader }) => leader >= 0);
  };
  await waitFor(look, { what: `${broker} to know of ${topic}`, everyMs: 50 });
}
