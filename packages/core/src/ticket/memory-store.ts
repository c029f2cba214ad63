import { onAbort, unlessAborted } from "../abort.js";
import { Channel } from "../cluster/channel.js";
import { spread } from "../cluster/spread.js";
import { systemClock, type Clock, type Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import {
  evolve,
  step,
  type Decision,
  type DecisionOutcome,
  type Input,
  type Request,
  type RequestOutcome,
} from "../life.js";
import { LifeState, type Retention } from "../life-state.js";
import { nameOf, placeOf, poolOf } from "./id.js";
import type {
  Answer,
  CallOptions,
  Lease,
  MatchStatus,
  OwnerEvent,
  PendingMatch,
  PoolChange,
  Query,
  Question,
  TicketStatus,
  TicketStore,
  TimedOptions,
  WaitingTicket,
} from "./store.js";
import type { PoolKey } from "./ticket.js";

/** What a memory store remembers, and whose time it tells. */
export interface MemoryTicketStoreOptions {
  /** How long ended tickets and finished matches are remembered, in ms of match time; one minute by default. */
  readonly retainMs?: Millis;
  /** How long a `requestId` returns its ended ticket, in ms of match time; ten minutes by default. */
  readonly dedupeMs?: Millis;
  /** How many ended tickets and finished matches are remembered at most, those with a `requestId` apart; 100,000 by default. */
  readonly retainCount?: number;
  readonly clock?: Clock;
}

interface Owner {
  readonly queues: ReadonlySet<string>;
  readonly events: Channel<OwnerEvent>;
}

/** A queue: the life of its tickets, within which a player is unique, and its pools by their place. */
interface QueueState {
  readonly life: LifeState;
  readonly pools: Map<string, PoolState>;
}

interface PoolState {
  readonly key: PoolKey;
  seq: number;
  fence: bigint;
  owner: Owner | undefined;
  lease: Lease | undefined;
  lose: ((reason: Error) => void) | undefined;
}

/**
 * The ticket store of one process: it keeps what it acknowledged as long as the process lives. Several matchmakers
 * may share one, which is how tests and the simulator run a cluster in one process.
 */
export class MemoryTicketStore implements TicketStore {
  readonly #queues = new Map<string, QueueState>();
  readonly #owners: Owner[] = [];
  readonly #clock: Clock;
  readonly #retention: Retention;

  constructor({
    retainMs = 60_000,
    dedupeMs = 600_000,
    retainCount = 100_000,
    clock = systemClock(),
  }: MemoryTicketStoreOptions = {}) {
    this.#retention = { retainMs, dedupeMs, retainCount };
    this.#clock = clock;
  }

  /** Each request has its own outcome, in its place. */
  async submit(requests: readonly Request[], { now, signal }: TimedOptions): Promise<RequestOutcome[]> {
    signal?.throwIfAborted();
    const changes = new Map<PoolState, PoolChange[]>();
    this.#forget(now);
    try {
      return requests.map((request) => this.#run(routeOf(request), request, now, changes) as RequestOutcome);
    } finally {
      this.#tell(changes);
    }
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    if (this.#known(lease.pool)?.lease?.fence !== lease.fence) throw leaseLost(lease);
    const changes = new Map<PoolState, PoolChange[]>();
    try {
      return decisions.map((decision) => this.#run(lease.pool, decision, now, changes) as DecisionOutcome);
    } finally {
      this.#tell(changes);
    }
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const leave = (): void => {
      forget();
      const index = this.#owners.indexOf(owner);
      if (index < 0) return;
      this.#owners.splice(index, 1);
      owner.events.end();
      this.#rebalance();
    };
    const owner: Owner = { queues: new Set(queues), events: new Channel<OwnerEvent>(leave) };
    this.#owners.push(owner);
    let forget = (): void => {};
    forget = onAbort(signal, leave);
    this.#rebalance();
    return owner.events;
  }

  async read(
    queries: readonly Query[],
    { signal }: CallOptions,
  ): Promise<(TicketStatus | MatchStatus | undefined)[]> {
    signal?.throwIfAborted();
    return queries.map((query) => this.#find(query));
  }

  async ask(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    signal?.throwIfAborted();
    const { lease, owner } = this.#known(pool) ?? {};
    if (!lease || !owner) throw noOwner(pool);
    let forget = (): void => {};
    const answer = new Promise<Answer>((resolve, reject) => {
      forget = onAbort(lease.lost, () => reject(noOwner(pool)));
      owner.events.push({ type: "asked", lease, question, reply: resolve });
    });
    return unlessAborted(answer.finally(forget), signal);
  }

  time(): Promise<Millis> {
    return Promise.resolve(this.#clock.now());
  }

  /** Ends a lease as its running out would: the pool goes to another owner, or anew to the same one. For tests. */
  endLease(lease: Lease): void {
    const pool = this.#known(lease.pool);
    if (pool?.lease?.fence !== lease.fence) return;
    const others = this.#ownersOf(pool).filter((owner) => owner !== pool.owner);
    const next = others[0] ?? pool.owner;
    this.#revoke(pool);
    if (next) this.#grant(pool, next);
  }

  #run(key: PoolKey | undefined, input: Input, now: Millis, told: Map<PoolState, PoolChange[]>): unknown {
    const life = input.type === "join" ? this.#queueOf(input.ticket.queue).life : this.#lifeOf(key);
    const { outcome, changes } = step(life, input, now);
    if (changes.length === 0) return outcome;
    const pool = this.#poolOf(key as PoolKey);
    let list = told.get(pool);
    if (!list) told.set(pool, (list = []));
    for (const change of changes) {
      evolve(life, change, now);
      list.push({ seq: ++pool.seq, at: now, change });
    }
    return outcome;
  }

  #forget(now: Millis): void {
    for (const { life } of this.#queues.values()) life.forget(now);
  }

  /** The life of a pool's tickets; an empty one for a queue that nobody has joined. */
  #lifeOf(key: PoolKey | undefined): LifeState {
    return (key && this.#queues.get(key.queue)?.life) ?? new LifeState(this.#retention);
  }

  #queueOf(queue: string): QueueState {
    let state = this.#queues.get(queue);
    if (!state) this.#queues.set(queue, (state = { life: new LifeState(this.#retention), pools: new Map() }));
    return state;
  }

  #known(key: PoolKey): PoolState | undefined {
    return this.#queues.get(key.queue)?.pools.get(placeOf(key));
  }

  #all(): PoolState[] {
    return Array.from(this.#queues.values()).flatMap(({ pools }) => [...pools.values()]);
  }

  #poolOf(at: PoolKey): PoolState {
    const { pools } = this.#queueOf(at.queue);
    let pool = pools.get(placeOf(at));
    if (!pool) {
      const { queue, region, partition } = at;
      const key: PoolKey = partition === undefined ? { queue, region } : { queue, region, partition };
      pool = { key, seq: 0, fence: 0n, owner: undefined, lease: undefined, lose: undefined };
      pools.set(placeOf(at), pool);
      // Given away while it is empty, so that its owner hears of the first ticket as of every other. The others stay
      // where they are: a batch may be under way in them, and whoever has least takes one more.
      const owner = this.#idlest(pool);
      if (owner) this.#grant(pool, owner);
    }
    return pool;
  }

  #tell(changes: ReadonlyMap<PoolState, PoolChange[]>): void {
    for (const [{ lease, owner }, list] of changes) {
      if (lease) owner?.events.push({ type: "changed", lease, changes: list });
    }
  }

  #ownersOf({ key }: PoolState): Owner[] {
    return this.#owners.filter(({ queues }) => queues.has(key.queue));
  }

  /** Who may run a pool and runs fewest. */
  #idlest(pool: PoolState): Owner | undefined {
    const load = new Map<Owner | undefined, number>();
    for (const { owner } of this.#all()) load.set(owner, (load.get(owner) ?? 0) + 1);
    const loadOf = (owner: Owner): number => load.get(owner) ?? 0;
    return this.#ownersOf(pool).reduce<Owner | undefined>(
      (best, owner) => (best && loadOf(best) <= loadOf(owner) ? best : owner),
      undefined,
    );
  }

  #rebalance(): void {
    if (this.#owners.length === 0) {
      for (const pool of this.#all()) this.#revoke(pool);
      return;
    }
    const owners = new Map(this.#all().map((pool) => [pool, pool.owner]));
    for (const [pool, owner] of spread(owners, (pool) => this.#ownersOf(pool))) {
      this.#revoke(pool);
      if (owner) this.#grant(pool, owner);
    }
  }

  #revoke(pool: PoolState): void {
    const { lease, owner, lose } = pool;
    pool.lease = pool.owner = pool.lose = undefined;
    if (!lease) return;
    lose?.(leaseLost(lease));
    owner?.events.push({ type: "lost", lease });
  }

  #grant(pool: PoolState, owner: Owner): void {
    const lost = new AbortController();
    pool.fence++;
    pool.owner = owner;
    pool.lose = (reason) => lost.abort(reason);
    pool.lease = { pool: pool.key, fence: pool.fence, lost: lost.signal };
    owner.events.push({ type: "gained", lease: pool.lease, seq: pool.seq, ...this.#snapshot(pool.key) });
  }

  #snapshot({ queue, region, partition }: PoolKey): { waiting: WaitingTicket[]; pending: PendingMatch[] } {
    const state = this.#lifeOf({ queue, region });
    const isHere = (key: PoolKey): boolean => key.region === region && key.partition === partition;
    const waiting: WaitingTicket[] = [];
    for (const { ticket, state: at, seenAt } of state.tickets.values()) {
      if (at === "waiting" && isHere(ticket)) waiting.push({ ticket, seenAt });
    }
    const pending: PendingMatch[] = [];
    for (const { match, state: at, answers } of state.matches.values()) {
      if ((at === "claimed" || at === "settled") && isHere(match)) {
        pending.push({ match, state: at, answers: new Map(answers) });
      }
    }
    return { waiting, pending };
  }

  #find(query: Query): TicketStatus | MatchStatus | undefined {
    if (query.type === "match") {
      const record = this.#lifeOf(poolOf(query.matchId)).matches.get(query.matchId);
      return (
        record && {
          type: "match",
          match: record.match,
          state: record.state,
          answers: Object.fromEntries(record.answers),
        }
      );
    }
    const record =
      query.type === "player"
        ? this.#queues.get(query.queue)?.life.ticketOf(query.playerId)
        : this.#lifeOf(poolOf(query.ticketId)).tickets.get(query.ticketId);
    return record && { type: "ticket", ticket: record.ticket, state: record.state, matchId: record.matchId };
  }
}

/** The pool that a request is about, or `undefined` when its id is none that the library made. */
export function routeOf(request: Request): PoolKey | undefined {
  if (request.type === "join") return request.ticket;
  return poolOf(request.type === "answer" ? request.matchId : request.ticketId);
}

/** What a store rejects with when a lease is not the newest of its pool. */
export function leaseLost(lease: Lease): EvenmatchError {
  return new EvenmatchError("LEASE_LOST", {
    rule: "only the newest owner of a pool decides",
    received: { pool: nameOf(lease.pool), fence: lease.fence },
    remedy: "Drop what you know of the pool; its new owner goes on.",
  });
}

/** What a store rejects with when nobody answers for a pool. */
export function noOwner(pool: PoolKey): EvenmatchError {
  return new EvenmatchError("NO_OWNER", {
    rule: "a question is answered by the owner of its pool",
    received: nameOf(pool),
    remedy: "Start a matchmaker for the queue, or ask again when a new owner has taken over.",
    retryable: true,
  });
}
