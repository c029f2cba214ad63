import { EvenmatchError, type ErrorCode, type Millis } from "@evenmatch/core";
import { asEvenmatchError } from "@evenmatch/core/adapter";

/** The error of who uses what was closed. */
export function closed(what: "store" | "bus"): EvenmatchError {
  return new EvenmatchError("CLOSED", {
    rule: `a ${what} that was closed is not used any more`,
    remedy: "Close it after the matchmaker.",
  });
}

/** The error of who needs more of brokers or topics than they have. */
export function misconfiguredBy(rule: string, received: unknown, remedy: string): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", { rule, received, remedy });
}

/** The error of a call that had no answer in time. */
export function unanswered(timeoutMs: Millis): EvenmatchError {
  return new EvenmatchError("STORE_UNAVAILABLE", {
    rule: `Kafka answers within ${timeoutMs} ms`,
    remedy: "See whether brokers and network are well; the same call may be sent again.",
    retryable: true,
  });
}

/** An error and what caused it, from the outside in. */
function* causesOf(error: unknown): Generator<Error> {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++)
    yield cause;
}

/** What the brokers call an error, such as `NOT_ENOUGH_REPLICAS`; `undefined` for what did not come from them. */
export function typeOf(error: unknown): string | undefined {
  for (const cause of causesOf(error)) {
    const { type, name } = cause as { readonly type?: unknown; readonly name: string };
    if (typeof type === "string" && type !== "UNKNOWN") return type;
    if (name === "KafkaJSSASLAuthenticationError") return "SASL_AUTHENTICATION_FAILED";
    const [first] = (cause as { readonly errors?: readonly unknown[] }).errors ?? [];
    if (first !== undefined) return typeOf(first);
  }
  return undefined;
}

/** True where a group's members are being shared out anew, which the driver mends by joining again. */
export function isRebalancing(error: unknown): boolean {
  return isOneOf(error, ["REBALANCE_IN_PROGRESS", "NOT_COORDINATOR_FOR_GROUP", "ILLEGAL_GENERATION"]);
}

/** True where the brokers do not count who asks among a group's members, or not any more. */
export function isForgotten(error: unknown): boolean {
  return isOneOf(error, ["UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID", "GROUP_AUTHORIZATION_FAILED"]);
}

function isOneOf(error: unknown, types: readonly string[]): boolean {
  return types.includes(typeOf(error) ?? "");
}

interface Failure {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  readonly rule: string;
  readonly remedy: string;
}

function misconfigured(rule: string, remedy: string): Failure {
  return { code: "STORE_MISCONFIGURED", retryable: false, rule, remedy };
}

function unavailable(rule: string, remedy: string): Failure {
  return { code: "STORE_UNAVAILABLE", retryable: true, rule, remedy };
}

const CREDENTIALS = misconfigured(
  "the brokers let this user in",
  "Check mechanism, user name and password of the client, and that the user is known to the brokers.",
);

const RIGHTS = misconfigured(
  "the user of this client may use the topics, groups and transactions of Evenmatch",
  "Grant what the docs list under Rights.",
);

const REPLICAS = unavailable(
  "as many brokers have a partition as min.insync.replicas asks for",
  "Bring a broker back.",
);

const NO_TOPIC = misconfigured(
  "the topic is there, with all of its partitions",
  "Make it: `ensureTopics` does, with the settings it has to have.",
);

const TOO_LARGE: Failure = {
  code: "INVALID_REQUEST",
  retryable: false,
  rule: "a record is not larger than max.message.bytes of its topic",
  remedy: "Send less, or raise the limit of topic and brokers.",
};

const OTHERS_GROUP = misconfigured(
  "the members of a group are all of Evenmatch",
  "Somebody else uses a group of this name: choose another prefix, topic or group.",
);

/** What the brokers' errors mean. Whatever else they say may pass. */
const FAILURES: Readonly<Record<string, Failure>> = {
  SASL_AUTHENTICATION_FAILED: CREDENTIALS,
  UNSUPPORTED_SASL_MECHANISM: CREDENTIALS,
  ILLEGAL_SASL_STATE: CREDENTIALS,
  TOPIC_AUTHORIZATION_FAILED: RIGHTS,
  GROUP_AUTHORIZATION_FAILED: RIGHTS,
  CLUSTER_AUTHORIZATION_FAILED: RIGHTS,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED: RIGHTS,
  NOT_ENOUGH_REPLICAS: REPLICAS,
  NOT_ENOUGH_REPLICAS_AFTER_APPEND: REPLICAS,
  UNKNOWN_TOPIC_OR_PARTITION: NO_TOPIC,
  INVALID_TOPIC_EXCEPTION: misconfigured(
    "the name of a topic is 1 to 249 letters, digits, `.`, `_` and `-`",
    "Choose a shorter prefix or name.",
  ),
  MESSAGE_TOO_LARGE: TOO_LARGE,
  RECORD_LIST_TOO_LARGE: TOO_LARGE,
  INCONSISTENT_GROUP_PROTOCOL: OTHERS_GROUP,
  INVALID_TIMESTAMP: misconfigured(
    "the clock of this process is not further from that of the brokers than their topics allow",
    "Synchronise clocks, or see message.timestamp.after.max.ms and message.timestamp.before.max.ms of the topic.",
  ),
  INVALID_SESSION_TIMEOUT: misconfigured(
    "the brokers take a session of this length",
    "Change group.min.session.timeout.ms or group.max.session.timeout.ms of the brokers.",
  ),
  INVALID_REPLICATION_FACTOR: misconfigured(
    "there are as many brokers as a topic has replicas",
    "Start more brokers, or ask for fewer replicas.",
  ),
  INVALID_CONFIG: misconfigured("the brokers take the settings of the topic", "See the cause."),
  POLICY_VIOLATION: misconfigured(
    "the brokers' policy allows the topic",
    "Make it by hand as the policy wants it.",
  ),
  UNSUPPORTED_VERSION: misconfigured("the brokers are of Kafka 3.9 or newer", "Use newer brokers."),
};

/** Connections that broke, brokers that start or stop, and whatever else is not known: the same call again tells. */
const GONE = unavailable("Kafka answers", "See the cause; the same call may be sent again.");

const MISTAKE: Failure = {
  code: "STORE_UNAVAILABLE",
  retryable: false,
  rule: "the adapter works as it is written",
  remedy: "See the cause; if the client is a Kafka of kafkajs, report it.",
};

/**
 * To whom the driver does not find the way, and it keeps to itself what the brokers said: that they are about to choose
 * somebody, or that the user has no right to ask.
 */
const NO_COORDINATOR = unavailable(
  "the brokers say who coordinates a group or a transaction",
  "It passes when they have just started; if it lasts, grant the user its right to groups and transactional ids.",
);

function isWithoutCoordinator(error: unknown): boolean {
  return Array.from(causesOf(error)).some(({ name }) => name === "KafkaJSGroupCoordinatorNotFound");
}

function failureOf(cause: unknown): Failure {
  const type = typeOf(cause);
  if (type !== undefined) return FAILURES[type] ?? GONE;
  if (isWithoutCoordinator(cause)) return NO_COORDINATOR;
  return [TypeError, RangeError, ReferenceError].some((kind) => cause instanceof kind) ? MISTAKE : GONE;
}

/** What a failure of the driver or the brokers is for callers. */
export function asKafkaError(cause: unknown): EvenmatchError {
  const { code, ...details } = failureOf(cause);
  return asEvenmatchError(cause, code, details);
}
