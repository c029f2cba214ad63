import type { Millis } from "./clock.js";
import { checkedAllocator, type AllocatorOptions, type CheckedAllocator } from "./match/allocator.js";
import { invalid, isObject, objectOf, optionalMillis, wholeAtLeast } from "./options.js";
import type { Strategy } from "./strategy/strategy.js";
import { NAME } from "./ticket/id.js";
import type { AttributeSchema, Player } from "./ticket/player.js";

/** A ready check: every player of a match is asked to accept it. */
export interface AcceptanceOptions {
  /** Who has not accepted so many milliseconds after the match formed is out; the others go back to their place. */
  readonly timeoutMs: Millis;
}

/** A queue with settings beside its strategy. */
export interface QueueSettings<P extends Player = Player> {
  readonly strategy: Strategy<P>;
  /** Asks the players before the match happens. */
  readonly acceptance?: AcceptanceOptions;
  /** Says where the match is played. */
  readonly allocator?: AllocatorOptions<P>;
  /** A ticket ends as expired after so many milliseconds; never when left out. */
  readonly ticketTtlMs?: Millis;
  /** A ticket ends as expired when no heartbeat came for so many milliseconds; none are asked for when left out. */
  readonly heartbeatMs?: Millis;
  /** Matches form only every so many milliseconds: better pairs for a little waiting. At once when left out. */
  readonly waveMs?: Millis;
  /** A join is refused with `POOL_FULL` while so many tickets wait in the pool; 1,000,000 when left out. */
  readonly maxWaiting?: number;
}

/** A queue: its strategy, or its strategy with settings. */
export type QueueOptions = Strategy<any> | QueueSettings<any>;

/** Queues by name. */
export type Queues = Readonly<Record<string, QueueOptions>>;

/** The players that a queue is for, as its strategy reads them. */
export type PlayerIn<Options> =
  Options extends Strategy<infer P extends Player>
    ? P
    : Options extends { strategy: Strategy<infer P extends Player> }
      ? P
      : Player;

/** A queue as the engine uses it: checked, and with every default filled in. */
export interface Queue {
  readonly name: string;
  /** What it asks of its players. */
  readonly maxPartySize: number;
  readonly attributes: AttributeSchema;
  readonly strategy: Strategy;
  readonly acceptMs: Millis;
  readonly allocator: CheckedAllocator | undefined;
  readonly ticketTtlMs: Millis;
  readonly heartbeatMs: Millis;
  readonly waveMs: Millis;
  readonly maxWaiting: number;
}

const SETTINGS = [
  "strategy",
  "acceptance",
  "allocator",
  "ticketTtlMs",
  "heartbeatMs",
  "waveMs",
  "maxWaiting",
] as const;

/** Checks the queues of a matchmaker; throws `INVALID_OPTIONS`. */
export function checkedQueues(queues: unknown): Map<string, Queue> {
  if (!isObject(queues) || Object.keys(queues).length === 0) {
    throw invalid(
      "INVALID_OPTIONS",
      "queues names at least one queue",
      queues,
      "Pass queues: { name: strategy }.",
    );
  }
  return new Map(Object.entries(queues).map(([name, options]) => [name, checkedQueue(name, options)]));
}

function checkedQueue(name: string, options: unknown): Queue {
  if (!NAME.test(name)) {
    throw invalid(
      "INVALID_OPTIONS",
      "a queue's name is 1 to 64 letters, digits, _ or -",
      name,
      "Choose a short name.",
    );
  }
  const settings = isStrategy(options) ? { strategy: options } : objectOf(`queue ${name}`, options, SETTINGS);
  const { strategy, acceptance, allocator, maxWaiting = 1_000_000 } = settings as Record<string, unknown>;
  if (!isStrategy(strategy)) {
    throw invalid(
      "INVALID_OPTIONS",
      `queue ${name} has a strategy`,
      strategy,
      "Pass one, such as new OneVsOne(…).",
    );
  }
  const of = (setting: string): string => `${setting} of queue ${name}`;
  const millis = (setting: "ticketTtlMs" | "heartbeatMs" | "waveMs"): Millis =>
    optionalMillis(of(setting), (settings as Record<string, unknown>)[setting]);
  const accept = acceptance === undefined ? undefined : objectOf(of("acceptance"), acceptance, ["timeoutMs"]);
  return {
    name,
    strategy,
    maxPartySize: strategy.maxPartySize ?? 1,
    attributes: strategy.attributes ?? {},
    acceptMs: accept ? wholeAtLeast(1, of("acceptance.timeoutMs"), accept["timeoutMs"]) : Infinity,
    allocator: checkedAllocator(of("allocator"), allocator),
    ticketTtlMs: millis("ticketTtlMs"),
    heartbeatMs: millis("heartbeatMs"),
    waveMs: millis("waveMs"),
    maxWaiting: wholeAtLeast(1, of("maxWaiting"), maxWaiting),
  };
}

function isStrategy(value: unknown): value is Strategy {
  const { propose, nextChange } = (value ?? {}) as Partial<Strategy>;
  return typeof propose === "function" && typeof nextChange === "function";
}
