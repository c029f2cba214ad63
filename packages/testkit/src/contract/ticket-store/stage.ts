import assert from "node:assert/strict";
import type {
  Change,
  Decision,
  DecisionOutcome,
  MatchStatus,
  Millis,
  PoolKey,
  Query,
  Request,
  RequestOutcome,
  TicketStatus,
  TicketStore,
} from "@evenmatch/core";
import { evolve, LifeState, nameOf, routeOf, step, type Input } from "@evenmatch/core/adapter";
import { Bell } from "../bell.js";
import { same } from "../equal.js";
import { within } from "../patience.js";
import { CONTRACT_QUEUES, type TicketStoreHarness, type TicketStoreSubject } from "./harness.js";
import { POOL, START, ticket } from "./making.js";
import { changesOf, Watcher, type Holding } from "./watcher.js";

/** The retention that every case may count on. */
const LEAST_RETENTION = 60_000;

/**
 * What the cases play on: a store with an owner that watches, and beside them the life of a ticket as a model. Each
 * call goes to both. `outcome`s and changes are compared by the cases, each what it is about.
 */
export class Stage {
  /** The changes that the model says, by pool. */
  readonly said = new Map<string, { readonly at: Millis; readonly change: Change }[]>();
  readonly #lives = new Map<string, LifeState>();
  readonly #watchers: Watcher[] = [];
  readonly #bell: Bell;
  #marks = 0;

  private constructor(
    readonly harness: TicketStoreHarness,
    readonly subject: TicketStoreSubject,
    readonly store: TicketStore,
  ) {
    this.#bell = new Bell(harness.patienceMs);
  }

  /** Runs a case on fresh storage, with an owner unless the case brings its own, and cleans up behind it. */
  static async play(
    harness: TicketStoreHarness,
    run: (stage: Stage, owner: Watcher) => Promise<void>,
  ): Promise<void> {
    await Stage.empty(harness, async (stage) => run(stage, await stage.watch()));
  }

  /** Runs a case on fresh storage that nobody owns. */
  static async empty(harness: TicketStoreHarness, run: (stage: Stage) => Promise<void>): Promise<void> {
    const { retainMs, dedupeMs } = harness.retention;
    assert.ok(
      Math.min(retainMs, dedupeMs) >= LEAST_RETENTION,
      "the harness remembers what ended for a minute at least",
    );
    const subject = await harness.open();
    const stage = new Stage(harness, subject, await subject.store());
    try {
      await run(stage);
    } finally {
      try {
        await Promise.all(stage.#watchers.map((watcher) => watcher.close()));
      } finally {
        await subject.close();
      }
    }
  }

  /** Starts an owner in a process of its own. */
  async watch(queues: readonly string[] = CONTRACT_QUEUES): Promise<Watcher> {
    const watcher = new Watcher(await this.subject.store(), queues, this.#bell, this.harness.patienceMs);
    this.#watchers.push(watcher);
    return watcher;
  }

  /** Waits until something holds that any of the owners may hear of. */
  until<T>(what: string, condition: () => T | undefined | false): Promise<T> {
    return this.#bell.until(what, condition);
  }

  /** Waits for what a store promised to do, and says what when it does not come. */
  within<T>(what: string, promise: PromiseLike<T>): Promise<T> {
    return within(this.harness.patienceMs, what, promise);
  }

  /** Has the owner gain a pool, with a first change heard: from then on it hears all of the pool's changes. */
  async ready(owner: Watcher, pool: PoolKey = POOL): Promise<Holding> {
    await this.mark(owner, pool);
    return owner.gained(pool);
  }

  /** Waits until the owner has heard all that happened so far: a ticket joins, and the owner hears of it. */
  async mark(owner: Watcher, pool: PoolKey = POOL): Promise<number> {
    const marker = ticket(`mark ${nameOf(pool)} ${this.#marks++}`, { pool });
    await this.submit([{ type: "join", ticket: marker }], START);
    return owner.until(`${nameOf(pool)} to have heard of a join`, () => {
      const holding = owner.holding(pool);
      if (holding?.gained.waiting.some((one) => one.ticket.id === marker.id))
        return Math.max(holding.gained.seq, 1);
      return holding?.heard.findLast(
        ({ change }) => change.type === "joined" && change.ticket.id === marker.id,
      )?.seq;
    });
  }

  async submit(requests: readonly Request[], now: Millis, store = this.store): Promise<RequestOutcome[]> {
    for (const request of requests) this.model(request, now);
    return this.within("submit to answer", store.submit(requests, { now }));
  }

  async decide(
    owner: Watcher,
    decisions: readonly Decision[],
    now: Millis,
    pool: PoolKey = POOL,
  ): Promise<DecisionOutcome[]> {
    for (const decision of decisions) this.model(decision, now, pool);
    const { lease } = await owner.gained(pool);
    return owner.decide(lease, decisions, now);
  }

  /** What the life of a ticket says to an input; its changes are kept. */
  model<I extends Input>(
    input: I,
    now: Millis,
    pool = poolOfInput(input),
  ): ReturnType<typeof step<I>>["outcome"] {
    const state = this.life(pool ?? { queue: "none", region: "none" });
    const { outcome, changes } = step(state, input, now);
    for (const change of changes) {
      evolve(state, change, now);
      const list = this.said.get(nameOf(pool as PoolKey)) ?? [];
      this.said.set(nameOf(pool as PoolKey), list);
      list.push({ at: now, change });
    }
    return outcome;
  }

  /** The model's state of what a player is unique in: a queue, or a pool. */
  life({ queue, region }: PoolKey): LifeState {
    const key = this.harness.capabilities.uniquePer === "queue" ? queue : nameOf({ queue, region });
    let state = this.#lives.get(key);
    if (!state) this.#lives.set(key, (state = new LifeState({ retainMs: Infinity, dedupeMs: Infinity })));
    return state;
  }

  async read(
    queries: readonly Query[],
    store = this.store,
  ): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    return this.within("read to answer", store.read(queries, {}));
  }

  /** Compares what the store reads with what the model holds. */
  async readsAsModel(queries: readonly Query[], pool: PoolKey, what: string): Promise<void> {
    const found = await this.read(queries);
    const life = this.life(pool);
    queries.forEach((query, index) =>
      same(found[index], find(life, query), `${what}: reads ${JSON.stringify(query)}`),
    );
  }

  /** Compares the changes that the owner heard after one mark and before another with what the model said. */
  heardAsModel(
    holding: Holding,
    from: number,
    until: number,
    said: readonly { at: Millis; change: Change }[],
    what: string,
  ): void {
    const heard = changesOf(holding, from, until);
    same(
      heard.map(({ at, change }) => ({ at, change })),
      said,
      `${what}: the owner hears`,
    );
  }
}

function poolOfInput(input: Input): PoolKey | undefined {
  switch (input.type) {
    case "join":
    case "leave":
    case "answer":
    case "beat":
      return routeOf(input);
    default:
      return undefined;
  }
}

/** What a state has on a query, as `read` shows it. */
export function find(life: LifeState, query: Query): TicketStatus | MatchStatus | undefined {
  if (query.type === "match") {
    const record = life.matches.get(query.matchId);
    return (
      record && {
        type: "match",
        match: record.match,
        state: record.state,
        answers: Object.fromEntries(record.answers),
      }
    );
  }
  const record = query.type === "player" ? life.ticketOf(query.playerId) : life.tickets.get(query.ticketId);
  const isInMatch = record?.state === "claimed" || record?.state === "matched";
  return (
    record && {
      type: "ticket",
      ticket: record.ticket,
      state: record.state,
      matchId: isInMatch ? record.matchId : undefined,
    }
  );
}
