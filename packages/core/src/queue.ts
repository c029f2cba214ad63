import type { Millis } from "./clock.js";
import type { Limit, Limits } from "./limit/limits.js";
import { checkedAllocator, type AllocatorOptions, type CheckedAllocator } from "./match/allocator.js";
import { check, invalid, isObject, objectOf, optionalMillis, wholeAtLeast } from "./options.js";
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
  /** Who may not meet whom, whatever the strategy; everybody may when left out. */
  readonly limits?: readonly Limit<any>[];
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

/** The players that a queue is for, as its strategy and its limits read them. */
export type PlayerIn<Options> =
  Options extends Strategy<infer P extends Player>
    ? P
    : Options extends { strategy: Strategy<infer P extends Player> }
      ? P & LimitedPlayer<Options>
      : Player;

type LimitedPlayer<Options> = Options extends { limits: readonly (infer Each)[] }
  ? Everything<Each extends Limit<infer P extends Player> ? P : Player>
  : Player;

/** One that is each of a union: limits read different attributes, and a player carries them all. */
type Everything<Union> = (Union extends unknown ? (each: Union) => void : never) extends (
  all: infer All extends Player,
) => void
  ? All
  : Player;

/** A queue as the engine uses it: checked, and with every default filled in. */
export interface Queue {
  readonly name: string;
  /** What it asks of its players. */
  readonly maxPartySize: number;
  readonly partySizes: readonly number[] | undefined;
  readonly attributes: AttributeSchema;
  readonly strategy: Strategy;
  readonly limits: Limits | undefined;
  readonly acceptMs: Millis;
  readonly allocator: CheckedAllocator | undefined;
  readonly ticketTtlMs: Millis;
  readonly heartbeatMs: Millis;
  readonly waveMs: Millis;
  readonly maxWaiting: number;
}

const SETTINGS = [
  "strategy",
  "limits",
  "acceptance",
  "allocator",
  "ticketTtlMs",
  "heartbeatMs",
  "waveMs",
  "maxWaiting",
] as const;

/** Checks the queues of a matchmaker; throws `INVALID_OPTIONS`. */
export function checkedQueues(queues: unknown): Map<string, Queue> {
  const entries = isObject(queues) ? Object.entries(queues) : [];
  check(
    entries.length > 0,
    "queues",
    "an object with at least one queue, such as { name: strategy }",
    queues,
  );
  return new Map(entries.map(([name, options]) => [name, checkedQueue(name, options)]));
}

function checkedQueue(name: string, options: unknown): Queue {
  check(NAME.test(name), "a queue's name", "1 to 64 letters, digits, _ or -", name);
  const settings = isStrategy(options) ? { strategy: options } : objectOf(`queue ${name}`, options, SETTINGS);
  const {
    strategy,
    limits,
    acceptance,
    allocator,
    maxWaiting = 1_000_000,
  } = settings as Record<string, unknown>;
  const of = (setting: string): string => `${setting} of queue ${name}`;
  check(isStrategy(strategy), of("strategy"), "a strategy, such as new OneVsOne(…)", strategy);
  const millis = (setting: "ticketTtlMs" | "heartbeatMs" | "waveMs"): Millis =>
    optionalMillis(of(setting), (settings as Record<string, unknown>)[setting]);
  const accept = acceptance === undefined ? undefined : objectOf(of("acceptance"), acceptance, ["timeoutMs"]);
  const times = {
    ticketTtlMs: millis("ticketTtlMs"),
    heartbeatMs: millis("heartbeatMs"),
    waveMs: millis("waveMs"),
  };
  const acceptMs = accept ? wholeAtLeast(1, of("acceptance.timeoutMs"), accept["timeoutMs"]) : Infinity;
  checkTimes(of, { ...times, "acceptance.timeoutMs": acceptMs });
  strategy.checkQueue?.(times);
  const checked = checkedLimits(of("limits"), limits, strategy.attributes);
  return {
    name,
    strategy,
    limits: checked,
    maxPartySize: wholeAtLeast(1, of("maxPartySize"), strategy.maxPartySize ?? 1),
    partySizes: checkedSizes(of("partySizes"), strategy.partySizes),
    attributes: checkedTypes(of("attributes"), { ...strategy.attributes, ...checked?.attributes }),
    acceptMs,
    allocator: checkedAllocator(of("allocator"), allocator),
    ...times,
    maxWaiting: wholeAtLeast(1, of("maxWaiting"), maxWaiting),
  };
}

/** Throws for a span of time that no ticket of the queue lives to see the end of. */
function checkTimes(of: (setting: string) => string, times: Readonly<Record<string, Millis>>): void {
  const { ticketTtlMs = Infinity } = times;
  for (const [setting, span] of Object.entries(times)) {
    const isSeen = span === Infinity || span <= ticketTtlMs;
    check(isSeen, of(setting), `no longer than ticketTtlMs, ${ticketTtlMs}`, span);
  }
}

function checkedSizes(name: string, sizes: unknown): readonly number[] | undefined {
  if (sizes === undefined) return undefined;
  check(Array.isArray(sizes) && sizes.length > 0, name, "a list of at least one size", sizes);
  return (sizes as unknown[]).map((size) => wholeAtLeast(1, `a size in ${name}`, size));
}

function checkedTypes(name: string, attributes: AttributeSchema): AttributeSchema {
  for (const type of Object.values(attributes)) {
    const isType = /^((string|number)(\[\])?|boolean|record)$/.test(type);
    check(isType, `each of the ${name}`, "string, number, boolean, string[], number[] or record", type);
  }
  return attributes;
}

function checkedLimits(name: string, limits: unknown, read: AttributeSchema | undefined): Limits | undefined {
  if (limits === undefined) return undefined;
  const isLimit = (limit: unknown): limit is Limit =>
    isObject(limit) && typeof limit["together"] === "function";
  const areLimits = Array.isArray(limits) && limits.every(isLimit);
  check(areLimits, name, "a list of limits, made by the library's functions or defineLimit", limits);
  return limits[0]?.together(limits, name, read);
}

function isStrategy(value: unknown): value is Strategy {
  const { propose, nextChange } = (value ?? {}) as Partial<Strategy>;
  return typeof propose === "function" && typeof nextChange === "function";
}

/** The queue of this name; throws `UNKNOWN_QUEUE`. */
export function queueNamed(queues: ReadonlyMap<string, Queue>, name: string): Queue {
  const queue = queues.get(name);
  if (queue) return queue;
  const names = [...queues.keys()].join(", ");
  const rule = "a queue is one of those the matchmaker was made with";
  throw invalid("UNKNOWN_QUEUE", rule, name, `Known are ${names}.`);
}
