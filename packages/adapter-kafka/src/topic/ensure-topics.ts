import { withAdmin } from "../connection/admin.js";
import type { AdminLike, KafkaLike, TopicMetadata } from "../connection/driver.js";
import { misconfiguredBy, typeOf } from "../connection/failures.js";
import {
  checkedKafka,
  checkedName,
  connectionSettings,
  invalid,
  wholeNumber,
  type KafkaConnectionOptions,
} from "../connection/options.js";
import { EVENTS, logTopic, PREFIX, requestsTopic } from "./names.js";
import { planOf, type TopicPlan } from "./plan.js";

/** Which topics a deployment needs, and how they have to be. */
export interface EnsureTopicsOptions extends KafkaConnectionOptions {
  /** What the names of the store's topics begin with; `match` when left out. */
  readonly prefix?: string;
  /** The queues whose tickets are in Kafka; none when left out. */
  readonly queues?: readonly string[];
  /**
   * How many partitions requests and log of each queue have: as many workers can share a queue. When left out, 6 are made,
   * and any number that is there is right. It cannot be changed while anybody waits.
   */
  readonly partitions?: number;
  /** The topic of the bus; `match-events` when left out, none when `false`. */
  readonly events?: string | false;
  /** How many partitions the topic of the bus has: as many members of a group can share it. As `partitions` when left out. */
  readonly eventPartitions?: number;
  /** How many brokers have each partition, at least; 3 when left out, or as many as there are brokers. */
  readonly replicas?: number;
  /** How many of them have a record before it is acknowledged, at least; one less than `replicas` when left out. */
  readonly minInsyncReplicas?: number;
  /** `false` changes nothing: topics that are missing are an error. */
  readonly create?: boolean;
}

/** A topic that is as it has to be. */
export interface EnsuredTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Whether it was made by this call. */
  readonly made: boolean;
}

/**
 * Makes the topics that are missing, and checks those that are there: partitions, replicas, what is kept and for how long.
 * It changes no topic that is there. May be called by every process at its start, also by many at once.
 *
 * Rejects with `STORE_MISCONFIGURED`, which says for each setting what it has to be and what it is; with a retryable
 * `STORE_UNAVAILABLE` while brokers do not answer. Throws `INVALID_OPTIONS`.
 */
export async function ensureTopics(
  kafka: KafkaLike,
  options: EnsureTopicsOptions = {},
): Promise<EnsuredTopic[]> {
  checkedKafka(kafka);
  const settings = connectionSettings(options);
  const { create = true } = options;
  checkOptions(options);
  const made = new Set<string>();
  // Brokers that come meanwhile do not change what the topics were made with.
  let { replicas } = options;
  return withAdmin(kafka, settings, async (admin) => {
    const { brokers } = await admin.describeCluster();
    replicas ??= Math.min(3, brokers.length);
    const plans = planOf({
      prefix: options.prefix ?? PREFIX,
      queues: options.queues ?? [],
      partitions: options.partitions,
      events: options.events === false ? undefined : (options.events ?? EVENTS),
      eventPartitions: options.eventPartitions ?? options.partitions,
      minInsyncReplicas: options.minInsyncReplicas ?? Math.max(1, replicas - 1),
    });
    const before = await found(admin, plans);
    const missing = plans.filter(({ topic }) => !before.has(topic));
    if (missing.length > 0) {
      if (!create) throw absent(missing);
      const like = missing.map((plan) => asItsTwin(plan, before, options));
      if (await make(admin, like, replicas)) for (const { topic } of missing) made.add(topic);
    }
    const after = missing.length === 0 ? before : await found(admin, plans);
    const late = plans.filter(({ topic }) => !after.has(topic));
    if (late.length > 0) throw beingMade(late);
    await check(admin, plans, { topics: after, replicas, options });
    return plans.map(({ topic }) => ({
      topic,
      partitions: after.get(topic)!.partitions.length,
      made: made.has(topic),
    }));
  });
}

function checkOptions(options: EnsureTopicsOptions): void {
  const { prefix, queues, events, partitions, eventPartitions, replicas, minInsyncReplicas } = options;
  if (prefix !== undefined) checkedName("prefix", prefix);
  if (events !== undefined && events !== false) checkedName("events", events);
  for (const queue of queues ?? []) {
    if (typeof queue === "string" && /^[\w-]{1,64}$/.test(queue)) continue;
    throw invalid(
      "the name of a queue is 1 to 64 letters, digits, `_` and `-`",
      queue,
      "Pass the names of queues.",
    );
  }
  const numbers = { partitions, eventPartitions, replicas, minInsyncReplicas };
  for (const [name, value] of Object.entries(numbers))
    if (value !== undefined) wholeNumber(name, value, 1, 10_000);
}

/** The topics of the plans that are there. */
async function found(admin: AdminLike, plans: readonly TopicPlan[]): Promise<Map<string, TopicMetadata>> {
  const answers = await Promise.all(
    plans.map(async ({ topic }) => {
      try {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
        return topics.filter(
          ({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0),
        );
      } catch (error) {
        if (typeOf(error) === "UNKNOWN_TOPIC_OR_PARTITION") return [];
        throw error;
      }
    }),
  );
  return new Map(answers.flat().map((one) => [one.name, one]));
}

/** Requests and log of a queue have the same number of partitions: where one is there, the other is made like it. */
function asItsTwin(
  plan: TopicPlan,
  before: ReadonlyMap<string, TopicMetadata>,
  { prefix = PREFIX, queues = [] }: EnsureTopicsOptions,
): TopicPlan {
  const queue = queues.find((one) =>
    [requestsTopic(prefix, one), logTopic(prefix, one)].includes(plan.topic),
  );
  if (queue === undefined) return plan;
  const twin = before.get(requestsTopic(prefix, queue)) ?? before.get(logTopic(prefix, queue));
  return { ...plan, partitions: twin?.partitions.length ?? plan.partitions };
}

/** Resolves with false where somebody else has made one of them meanwhile, which is no reason not to make the others. */
async function make(admin: AdminLike, plans: readonly TopicPlan[], replicas: number): Promise<boolean> {
  return admin.createTopics({
    topics: plans.map(({ topic, partitions, settings }) => ({
      topic,
      numPartitions: partitions,
      replicationFactor: replicas,
      configEntries: settings.map(({ name, value }) => ({ name, value })),
    })),
    // It would wait for leaders alone, and not until the broker that it asks knows of the topics.
    waitForLeaders: false,
  });
}

/** The number by which the protocol calls topics. */
const TOPIC = 2;

interface Mismatch {
  readonly rule: string;
  readonly received: string;
}

async function check(
  admin: AdminLike,
  plans: readonly TopicPlan[],
  {
    topics,
    replicas,
    options,
  }: { topics: ReadonlyMap<string, TopicMetadata>; replicas: number; options: EnsureTopicsOptions },
): Promise<void> {
  const mismatches: Mismatch[] = [];
  const asked = plans.map(({ topic, settings }) => ({
    type: TOPIC,
    name: topic,
    configNames: settings.map(({ name }) => name),
  }));
  const { resources } = await admin
    .describeConfigs({ resources: asked, includeSynonyms: false })
    .catch((error: unknown) => {
      throw typeOf(error) === "UNKNOWN_TOPIC_OR_PARTITION" ? beingMade(plans) : error;
    });
  for (const { topic, partitions, isExact, settings } of plans) {
    const there = topics.get(topic)!.partitions;
    if (isExact && there.length !== partitions)
      mismatches.push({ rule: `${topic} has ${partitions} partitions`, received: `${there.length}` });
    const least = Math.min(...there.map((one) => one.replicas.length));
    if (least < replicas)
      mismatches.push({ rule: `${topic} has at least ${replicas} replicas`, received: `${least}` });
    const config = new Map(
      resources
        .find(({ resourceName }) => resourceName === topic)
        ?.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
    for (const { name, rule, holds } of settings) {
      const value = config.get(name);
      if (value === undefined || !holds(value))
        mismatches.push({ rule: `${name} of ${topic} is ${rule}`, received: value ?? "none" });
    }
  }
  mismatches.push(...differingTwins(topics, options));
  if (mismatches.length === 0) return;
  throw misconfiguredBy(
    mismatches.map(({ rule }) => rule).join("; "),
    mismatches.length === 1 ? mismatches[0]!.received : mismatches.map(({ received }) => received),
    "Change the topic with kafka-configs or kafka-topics, or make it anew while nobody waits.",
  );
}

function differingTwins(
  topics: ReadonlyMap<string, TopicMetadata>,
  { prefix = PREFIX, queues = [] }: EnsureTopicsOptions,
): Mismatch[] {
  return queues.flatMap((queue) => {
    const names = [requestsTopic(prefix, queue), logTopic(prefix, queue)] as const;
    const [requests, log] = names.map((name) => topics.get(name)!.partitions.length) as [number, number];
    if (requests === log) return [];
    const rule = `${names[0]} and ${names[1]} have the same number of partitions`;
    return [{ rule, received: `${requests} and ${log}` }];
  });
}

/** Not every broker has heard of them; asked again, they have. */
function beingMade(plans: readonly TopicPlan[]): Error {
  return new Error(`${plans.map(({ topic }) => topic).join(", ")} are being made`);
}

function absent(missing: readonly TopicPlan[]): Error {
  return misconfiguredBy(
    `the topics of Evenmatch are there`,
    `no ${missing.map(({ topic }) => topic).join(", ")}`,
    "Make them, or let `ensureTopics` do it.",
  );
}
