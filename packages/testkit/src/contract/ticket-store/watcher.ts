import type {
  Answer,
  Decision,
  DecisionOutcome,
  Lease,
  Millis,
  OwnerEvent,
  PoolChange,
  PoolKey,
  Question,
  Ticket,
  TicketStore,
} from "@evenmatch/core";
import { evolve, LifeState, nameOf } from "@evenmatch/core/adapter";
import type { Bell } from "../bell.js";
import { within } from "../patience.js";

export type Gained = Extract<OwnerEvent, { type: "gained" }>;

/** What an owner knows of a pool since it gained it. */
export interface Holding {
  readonly lease: Lease;
  readonly gained: Gained;
  /** All that came, as it came. */
  readonly heard: PoolChange[];
  /** A `lost` came. */
  lost: boolean;
}

/**
 * An owner that decides nothing by itself: it writes down what it hears and answers what it is asked. Every case has
 * one running, because some stores need an owner to take requests up.
 */
export class Watcher {
  /** Every ownership, in the order in which it began. */
  readonly holdings: Holding[] = [];
  answer: (question: Question) => Answer | undefined = () => ({ type: "none" });
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(
    readonly store: TicketStore,
    queues: readonly string[],
    private readonly bell: Bell,
    private readonly patienceMs: number | undefined,
  ) {
    this.#running = this.#run(queues);
  }

  /** The latest ownership of a pool, if it lasts. */
  holding(pool: PoolKey): Holding | undefined {
    const name = nameOf(pool);
    const latest = this.holdings.filter(({ lease }) => nameOf(lease.pool) === name).at(-1);
    return latest && !latest.lost && !latest.lease.lost.aborted ? latest : undefined;
  }

  /** The pools that it owns, by name. */
  pools(): string[] {
    const names = new Set(this.holdings.map(({ lease }) => nameOf(lease.pool)));
    return [...names].filter((name) => this.holding(keyOf(name))).sort();
  }

  decide(lease: Lease, decisions: readonly Decision[], now: Millis): Promise<DecisionOutcome[]> {
    return within(this.patienceMs, "decide to answer", this.store.decide(lease, decisions, { now }));
  }

  /** Waits until a condition holds; asked again whenever an owner hears something. */
  until<T>(what: string, condition: () => T | undefined | false): Promise<T> {
    return this.bell.until(what, condition);
  }

  gained(pool: PoolKey, fence = -1n): Promise<Holding> {
    return this.until(`${nameOf(pool)} to be gained`, () => {
      const holding = this.holding(pool);
      return holding && holding.lease.fence > fence && holding;
    });
  }

  /** Stops offering, which hands the pools over. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("the case is over"));
    await within(this.patienceMs, "own() to end after its signal aborted", this.#running);
  }

  async #run(queues: readonly string[]): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const event of this.store.own(queues, { signal })) this.#hear(event);
    } catch (error) {
      if (!signal.aborted) this.bell.fail(error);
    }
    this.bell.ring();
  }

  #hear(event: OwnerEvent): void {
    const { lease } = event;
    const holding = this.holdings.findLast(
      (one) => one.lease.fence === lease.fence && nameOf(one.lease.pool) === nameOf(lease.pool),
    );
    if (event.type === "gained") this.#gain(event);
    else if (event.type === "asked") this.#reply(event);
    else if (!holding)
      this.bell.fail(new Error(`${event.type} came for ${nameOf(lease.pool)} before gained`));
    else if (event.type === "changed") holding.heard.push(...event.changes);
    else holding.lost = true;
    this.bell.ring();
  }

  #gain(gained: Gained): void {
    const { lease } = gained;
    this.holdings.push({ lease, gained, heard: [], lost: false });
    lease.lost.addEventListener("abort", () => this.bell.ring(), { once: true });
  }

  #reply(asked: Extract<OwnerEvent, { type: "asked" }>): void {
    const answer = this.answer(asked.question);
    if (answer) asked.reply(answer);
  }
}

function keyOf(name: string): PoolKey {
  const [queue, region] = name.split(".") as [string, string];
  return { queue, region };
}

/** The changes of a holding after what it was gained with, each once and in order: how they come has its own cases. */
export function changesOf({ gained, heard }: Holding, from = gained.seq, until = Infinity): PoolChange[] {
  const after = Math.max(from, gained.seq);
  const bySeq = new Map(heard.filter(({ seq }) => seq > after && seq < until).map((one) => [one.seq, one]));
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
}

function addWaiting(state: LifeState, ticket: Ticket, seenAt: Millis | undefined): void {
  state.add(ticket, undefined);
  state.record(ticket.id).seenAt = seenAt;
}

/** What an owner knows from what it was given and told: the pool as it must be in the store. */
export function foldOf(holding: Holding): LifeState {
  const { waiting, pending } = holding.gained;
  const state = new LifeState({ retainMs: Infinity, dedupeMs: Infinity });
  for (const { ticket, seenAt } of waiting) addWaiting(state, ticket, seenAt);
  for (const { match, state: at, answers } of pending) {
    for (const ticket of match.teams.flat()) state.add(ticket, undefined);
    evolve(state, { type: "claimed", match }, match.createdAt);
    for (const [playerId, accepted] of answers) state.matches.get(match.id)?.answers.set(playerId, accepted);
    if (at === "settled") evolve(state, { type: "settled", match }, match.createdAt);
  }
  for (const { at, change } of changesOf(holding)) evolve(state, change, at);
  return state;
}
