import { EvenmatchError, systemClock, type Clock, type Millis } from "@evenmatch/core";
import type { KafkaLike } from "./driver.js";

/** What all parts of the adapter may be told. */
export interface KafkaConnectionOptions {
  /** A call that the brokers have not answered for so many ms fails as retryable; 10,000 when left out. */
  readonly timeoutMs?: Millis;
  /** Measures waiting; the machine's clock when left out. */
  readonly clock?: Clock;
}

/** Options with everything filled in. */
export interface ConnectionSettings {
  readonly timeoutMs: Millis;
  readonly clock: Clock;
}

const TIMEOUT: Millis = 10_000;
const MACHINE = systemClock();
/** What Kafka takes as the name of a topic, with room behind it for what the adapter adds. */
const NAME = /^[\w.-]{1,180}$/;

/** Checks options and fills in what was left out; throws `INVALID_OPTIONS`. */
export function connectionSettings({
  timeoutMs = TIMEOUT,
  clock = MACHINE,
}: KafkaConnectionOptions = {}): ConnectionSettings {
  return { timeoutMs: wholeNumber("timeoutMs", timeoutMs, 1), clock };
}

/** Throws `INVALID_OPTIONS` for what is no client. */
export function checkedKafka(given: KafkaLike): KafkaLike {
  const client = given as Partial<KafkaLike> | undefined;
  const makes = [client?.producer, client?.consumer, client?.admin];
  if (makes.every((make) => typeof make === "function")) return given;
  // What it holds may be credentials, so it is not repeated.
  throw invalid(
    "an adapter of Kafka takes a `Kafka` of kafkajs",
    undefined,
    "Pass `new Kafka({ brokers })`.",
  );
}

/** Checks the name of a topic, or what names begin with; throws `INVALID_OPTIONS`. */
export function checkedName(option: string, name: string): string {
  if (typeof name === "string" && NAME.test(name) && name !== "." && name !== "..") return name;
  throw invalid(
    `${option} is 1 to 180 letters, digits, \`.\`, \`_\` and \`-\``,
    name,
    "Choose a short name, or leave it out.",
  );
}

/** Checks a number; throws `INVALID_OPTIONS`. */
export function wholeNumber(name: string, value: number, least: number, most = 2 ** 31 - 1): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw invalid(`${name} is a whole number from ${least} to ${most}`, value, "Leave it out if unsure.");
}

/** An `INVALID_OPTIONS`. */
export function invalid(rule: string, received: unknown, remedy: string): EvenmatchError {
  return new EvenmatchError("INVALID_OPTIONS", { rule, received, remedy });
}
