import kafkajs from "kafkajs";
import { answersTopic, deadTopic, logTopic, requestsTopic } from "./names.js";

/** A setting of a topic: what it is made with, and what is good enough of one that is there. */
export interface TopicSetting {
  readonly name: string;
  readonly value: string;
  /** The rule in words, such as "at least 2". */
  readonly rule: string;
  readonly holds: (found: string) => boolean;
}

/** A topic as the adapter needs it. */
export interface TopicPlan {
  readonly topic: string;
  /** The number that it is made with. */
  readonly partitions: number;
  /** Whether another number is an error. */
  readonly isExact: boolean;
  readonly settings: readonly TopicSetting[];
}

/** What is asked for. */
export interface Wanted {
  readonly prefix: string;
  readonly queues: readonly string[];
  /** Of requests and log of each queue; `undefined` for any number. */
  readonly partitions: number | undefined;
  readonly events: string | undefined;
  readonly eventPartitions: number | undefined;
  readonly minInsyncReplicas: number;
}

/** How many partitions a topic is made with when nobody says otherwise. */
export const PARTITIONS = 6;

const HOUR = 3_600_000;
const MINUTE = 60_000;

function exactly(name: string, value: string): TopicSetting {
  return { name, value, rule: value, holds: (found) => found === value };
}

function atLeast(name: string, least: number, value = least): TopicSetting {
  const holds = (found: string): boolean => Number(found) >= least;
  return { name, value: `${value}`, rule: `at least ${least}`, holds };
}

function atMost(name: string, most: number, value = most): TopicSetting {
  const holds = (found: string): boolean => Number(found) <= most;
  return { name, value: `${value}`, rule: `at most ${most}`, holds };
}

/** For so long records are kept; -1 is for ever. */
function keptFor(least: number, value: number): TopicSetting {
  const holds = (found: string): boolean => Number(found) === -1 || Number(found) >= least;
  return { name: "retention.ms", value: `${value}`, rule: `at least ${least}`, holds };
}

// Node finds no names of these two in a package of CommonJS.
const { CompressionCodecs, CompressionTypes } = kafkajs;

const COMPRESSIONS: Readonly<Record<string, number>> = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

/** Whether kafkajs has a codec for it: of its own, or one that the application has added. */
function isRead(compression: string): boolean {
  const type = COMPRESSIONS[compression];
  if (type === undefined) return compression === "producer" || compression === "uncompressed";
  try {
    (CompressionCodecs as Readonly<Record<number, () => unknown>>)[type]!();
    return true;
  } catch {
    return false;
  }
}

const DELETE = exactly("cleanup.policy", "delete");

/**
 * A worker that takes over reads the whole log: what compaction has not been at yet is what makes that long. It never
 * touches the newest segment, so segments are small and closed soon.
 */
const COMPACT: readonly TopicSetting[] = [
  exactly("cleanup.policy", "compact"),
  atMost("segment.bytes", 2 ** 26, 2 ** 24),
  atMost("segment.ms", HOUR, 10 * MINUTE),
  atMost("min.cleanable.dirty.ratio", 0.5, 0.2),
  // So long who reads still meets the sign that a key is gone: far longer than a log is read, and no longer, as there are
  // three such signs for each match of two.
  atLeast("delete.retention.ms", 10 * MINUTE),
];

/** The topics of a deployment, and what each has to be like. */
export function planOf(wanted: Wanted): TopicPlan[] {
  const { prefix, queues, partitions, events, eventPartitions } = wanted;
  const safe: readonly TopicSetting[] = [
    atLeast("min.insync.replicas", wanted.minInsyncReplicas),
    exactly("unclean.leader.election.enable", "false"),
    // What is written at once is bounded by a little less.
    atLeast("max.message.bytes", 1_000_000, 1_048_588),
    // A reader that meets another compression ends.
    { name: "compression.type", value: "producer", rule: "one that kafkajs reads", holds: isRead },
  ];
  const plan = (topic: string, count: number | undefined, settings: readonly TopicSetting[]): TopicPlan => ({
    topic,
    partitions: count ?? PARTITIONS,
    isExact: count !== undefined,
    settings: [...settings, ...safe],
  });
  return [
    ...queues.flatMap((queue) => [
      plan(requestsTopic(prefix, queue), partitions, [DELETE, keptFor(HOUR, 24 * HOUR)]),
      plan(logTopic(prefix, queue), partitions, COMPACT),
    ]),
    ...(queues.length > 0
      ? [plan(answersTopic(prefix), undefined, [DELETE, keptFor(MINUTE, 10 * MINUTE)])]
      : []),
    ...(events === undefined
      ? []
      : [
          plan(events, eventPartitions, [DELETE, keptFor(HOUR, 7 * 24 * HOUR)]),
          { ...plan(deadTopic(events), undefined, [DELETE, keptFor(HOUR, 28 * 24 * HOUR)]), partitions: 1 },
        ]),
  ];
}
