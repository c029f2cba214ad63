/** What kafkajs logs, as far as it matters here. */
export interface LogEntryLike {
  readonly namespace: string;
  readonly level: number;
  readonly label: string;
  readonly log: { readonly timestamp: string; readonly message: string; readonly error?: unknown };
}

/** What kafkajs takes as `logCreator`: given the level of the client, returns what takes entries. */
export type LogCreatorLike = (level: number) => (entry: LogEntryLike) => void;

/** The level at which kafkajs logs everything. */
const DEBUG = 5;

interface Noise {
  readonly message: RegExp;
  /** What the entry says under `error`, where that tells. */
  readonly error?: RegExp;
}

/**
 * What is over a moment later, and is asked again then: members come and go; a coordinator or a leader has been chosen and
 * not heard of it; a transaction begins while the one before is being written down. Where it is not over, a call fails.
 */
const PASSING =
  /rebalanc|valid member id|generation id|coordinator is (loading|not available)|not the correct coordinator|not the leader|leadership election|another concurrent operation/i;

/** What a healthy run makes kafkajs warn of: each is dealt with by the driver or the adapter as a matter of course. */
const NOISE: readonly Noise[] = [
  { message: /^Response \w+\(/, error: PASSING },
  { message: /^The group is rebalancing, re-joining$/ },
  { message: new RegExp(`^(Failed to send messages|Crash: \\w+): .*(${PASSING.source})`, "i") },
  { message: /^Consumer is not aware of all assigned partitions/ },
  // Topics are looked for before they are made, and made by several at once; whoever cannot go on without is told.
  { message: /^Response (Metadata|ListOffsets)\(/, error: /does not host this topic/i },
  { message: /^Response CreateTopics\(/, error: /topic creation errors/i },
  // What the adapter does on purpose.
  { message: /^Limiting retries for the idempotent producer/ },
  { message: /switched default partitioner/ },
];

function isNoise({ log }: LogEntryLike): boolean {
  return NOISE.some(
    ({ message, error }) =>
      message.test(log.message) && (!error || error.test(typeof log.error === "string" ? log.error : "")),
  );
}

/**
 * A `logCreator` for kafkajs that logs what needs somebody's attention: what the driver warns of in every healthy run, such
 * as a group that is shared out anew, is told as `DEBUG`.
 *
 * @param creator where entries go; as JSON to the standard error when left out
 * @example
 * ```ts
 * import { quietLogs } from "@evenmatch/adapter-kafka";
 * import { Kafka } from "kafkajs";
 *
 * const kafka = new Kafka({ brokers: ["localhost:9092"], logCreator: quietLogs() });
 * ```
 */
export function quietLogs(creator: LogCreatorLike = toStandardError): LogCreatorLike {
  return (level) => {
    const take = creator(level);
    return (entry) => {
      if (!isNoise(entry)) take(entry);
      else if (level >= DEBUG) take({ ...entry, level: DEBUG, label: "DEBUG" });
    };
  };
}

const toStandardError: LogCreatorLike = () => (entry) => {
  const { namespace, label, log } = entry;
  process.stderr.write(`${JSON.stringify({ level: label, logger: "kafkajs", namespace, ...log })}\n`);
};
