import type { Clock } from "./clock.js";
import type { EventBus } from "./event/bus.js";
import { EVENT, type EventType } from "./event/event.js";
import type { MatchStore } from "./match/store.js";
import { check, objectOf } from "./options.js";
import type { Queues } from "./queue.js";
import type { Random } from "./random.js";
import type { TicketStore } from "./ticket/store.js";

/** What a matchmaker is made of; everything but the queues may be left out. */
export interface MatchmakerOptions<Q extends Queues> {
  readonly queues: Q;
  /** Where tickets wait; this process's memory when left out. */
  readonly tickets?: TicketStore;
  /** Where settled matches are kept; nowhere when left out. */
  readonly matches?: MatchStore;
  /** How processes hear of matches; within this process when left out. */
  readonly events?: EventBus;
  /** Types of events to put on the bus besides those that matchmakers need themselves. */
  readonly announce?: readonly EventType[];
  /** The source of match time; the local clock, set to the store's time, when left out. */
  readonly clock?: Clock;
  /** The source of chance, for ids. */
  readonly random?: Random;
}

/** The methods by which a matchmaker uses what it is given. */
const METHODS = {
  tickets: "submit decide own read ask time",
  matches: "save",
  events: "publish subscribe",
  clock: "now at stopwatch",
};

/**
 * Checks what a matchmaker is given beside its queues, so that it fails when it is made and not at the first join.
 * Throws `INVALID_OPTIONS`; returns what it was given.
 */
export function checkGiven<Q extends Queues>(given: MatchmakerOptions<Q>): MatchmakerOptions<Q> {
  const options = objectOf("Matchmaker", given, ["queues", ...Object.keys(METHODS), "announce", "random"]);
  for (const [name, methods] of Object.entries(METHODS)) {
    const value = options[name] as Record<string, unknown> | null | undefined;
    if (value === undefined) continue;
    for (const method of methods.split(" "))
      check(typeof value?.[method] === "function", name, `an object with the method ${method}`, value);
  }
  const { random, announce = [] } = options;
  check(random === undefined || typeof random === "function", "random", "a function", random);
  const isList = Array.isArray(announce) && announce.every((type) => EVENT.test(String(type)));
  check(isList, "announce", "a list of types of events", announce);
  return given;
}
