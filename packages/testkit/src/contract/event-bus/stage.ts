import {
  EvenmatchError,
  type BusEvent,
  type EventBus,
  type PoolKey,
  type Subscription,
} from "@evenmatch/core";
import { nameOf } from "@evenmatch/core/adapter";
import { Bell } from "../bell.js";
import type { ContractCase } from "../contract.js";
import { within } from "../patience.js";
import { idIn, match, POOL, START, ticket } from "../ticket-store/making.js";
import type { EventBusHarness, EventBusSubject } from "./harness.js";

/** A subscriber that writes down what it gets. */
export interface Listener {
  readonly heard: BusEvent[];
  readonly subscription: Subscription;
}

/** What the cases of a bus play on: a bus of a fresh channel, and listeners that are closed behind the case. */
export class BusStage {
  readonly #listeners: Listener[] = [];
  readonly #bell: Bell;

  constructor(
    readonly harness: EventBusHarness,
    readonly subject: EventBusSubject,
    readonly bus: EventBus,
  ) {
    this.#bell = new Bell(harness.patienceMs);
  }

  within<T>(what: string, promise: PromiseLike<T>): Promise<T> {
    return within(this.harness.patienceMs, what, promise);
  }

  publish(events: readonly BusEvent[], bus = this.bus): Promise<void> {
    return this.within("publish", bus.publish(events, {}));
  }

  /** Subscribes in a process of its own; `handle` may reject, what it rejects is written down all the same. */
  async listen(
    group?: string,
    handle?: (events: readonly BusEvent[]) => void | Promise<void>,
  ): Promise<Listener> {
    const bus = await this.subject.bus();
    const heard: BusEvent[] = [];
    const hear = async (events: readonly BusEvent[]): Promise<void> => {
      heard.push(...events);
      this.#bell.ring();
      await handle?.(events);
    };
    const subscription = await this.within("subscribe", bus.subscribe(hear, { group }));
    const listener = { heard, subscription };
    this.#listeners.push(listener);
    return listener;
  }

  until(what: string, condition: () => boolean): Promise<boolean> {
    return this.#bell.until(what, condition);
  }

  ring(): void {
    this.#bell.ring();
  }

  async close(): Promise<void> {
    await this.within(
      "subscriptions to close",
      Promise.all(this.#listeners.map(({ subscription }) => subscription.close())),
    );
  }
}

/** A case that plays on a stage of its own. */
export function busCase(
  id: string,
  promise: string,
  play: (stage: BusStage) => Promise<void>,
): ContractCase<EventBusHarness> {
  const run = async (harness: EventBusHarness): Promise<void> => {
    const subject = await harness.open();
    const stage = new BusStage(harness, subject, await subject.bus());
    try {
      await play(stage);
    } finally {
      try {
        await stage.close();
      } finally {
        await subject.close();
      }
    }
  };
  return { id, promise, run };
}

/** The n-th event of a pool; consecutive numbers are in order. */
export function event(seq: number, pool: PoolKey = POOL): BusEvent {
  return {
    v: 1,
    type: "match.delivered",
    at: START + seq,
    pool,
    seq,
    data: { matchId: idIn(pool, `m${seq}`) },
  };
}

export function events(from: number, until: number, pool = POOL): BusEvent[] {
  return Array.from({ length: until - from }, (_, index) => event(from + index, pool));
}

/** The sequence numbers of a pool's events, as they came. */
export function seqs(heard: readonly BusEvent[], pool = POOL): number[] {
  return heard.filter((one) => one.pool && nameOf(one.pool) === nameOf(pool)).map(({ seq }) => seq);
}

/** One event of each type, with what JSON cannot say: bigint, Infinity, an error, `undefined`. */
export function everyType(): BusEvent[] {
  const head = { v: 1 as const, at: START, pool: POOL };
  const one = ticket("Zoë 🎲", {
    players: [{ id: 'O\'Brien "x"', rating: 0.1, attributes: { topics: ["a"], ms: { eu: 1.5 } } }],
  });
  const whole = match("m", [one, ticket("b", { expiresAt: START + 1, heartbeatMs: 5 })], {
    acceptBy: START + 1,
    assignment: { host: "h" },
  });
  const error = new EvenmatchError("STRATEGY_FAILED", {
    rule: "a strategy does not throw",
    received: "x",
    remedy: "Mend it.",
    retryable: true,
  });
  const pass = {
    cause: "wave" as const,
    waiting: 2,
    dirty: [one],
    proposals: [{ teams: whole.teams, quality: 0.5 }],
    won: [whole.id],
    lost: [],
    tookMs: 0.25,
    nextChange: Infinity,
  };
  return [
    { ...head, type: "ticket.joined", seq: 1, data: { ticket: one } },
    { ...head, type: "ticket.left", seq: 2, data: { ticket: one, reason: "declined" } },
    { ...head, type: "ticket.expired", seq: 3, data: { ticket: one } },
    {
      ...head,
      type: "ticket.released",
      seq: 4,
      data: { ticket: one, matchId: whole.id, reason: "allocation" },
    },
    { ...head, type: "match.claimed", seq: 5, data: { match: whole } },
    {
      ...head,
      type: "match.answered",
      seq: 6,
      data: { matchId: whole.id, playerId: "a", accepted: false, ticketIds: [one.id] },
    },
    { ...head, type: "match.settled", seq: 7, data: { match: whole } },
    { ...head, type: "match.delivered", seq: 8, data: { matchId: whole.id } },
    { ...head, type: "pool.gained", seq: 9, data: { waiting: 1, pending: 0, fence: 2n ** 70n } },
    { ...head, type: "pool.lost", seq: 10, data: { fence: 7n } },
    { ...head, type: "pass", seq: 11, data: pass },
    { ...head, type: "error", seq: 12, data: { error } },
  ];
}
