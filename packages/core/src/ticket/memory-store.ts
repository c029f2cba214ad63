import { onAbort, unlessAborted } from "../abort.js";
import { Channel } from "../cluster/channel.js";
import { spread } from "../cluster/spread.js";
import { systemClock, type Clock, type Millis } from "../clock.js";
import { EvenmatchError } from "../errors.js";
import {
  evolve,
  step,
  type Change,
  type Decision,
  type DecisionOutcome,
  type Input,
  type Outcomes,
  type Request,
  type RequestOutcome,
} from "../life.js";
import { LifeState, type Retention } from "../life-state.js";
import { ticketsOf } from "../match/match.js";
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
  /** How many pools it runs. */
  load: number;
}

/** Who runs a pool, by which lease, and what ends that. */
interface Held {
  readonly owner: Owner;
  readonly lease: Lease;
  readonly lose: AbortController;
}

/** A queue, within which a player is unique, and its pools by place. */
interface QueueState {
  readonly life: LifeState;
  readonly pools: Map<string, PoolState>;
}

interface PoolState {
  readonly key: PoolKey;
  seq: number;
  held: Held | undefined;
  /** Changes that its owner is told of at the end of the batch; without one, what left, for the next. */
  told: PoolChange[];
  /** Tickets that wait or are claimed, and matches that are settled and not delivered. */
  open: number;
}

/**
 * Of the pools in which nothing is open, so many are kept: those that were in use last; and of what left a pool that
 * nobody runs, so much.
 */
const MOST_UNUSED = 1_000;

/**
 * The ticket store of one process: it keeps what it acknowledged as long as the process lives. Several matchmakers
 * may share one, which is how tests and the simulator run a cluster in one process.
 */
export class MemoryTicketStore implements TicketStore {
  readonly #queues = new Map<string, QueueState>();
  /** Pools in which nothing is open, the longest first. */
  readonly #unused = new Set<PoolState>();
  /** Fences and the changes of a pool that comes back go on from where those before have been. */
  #fence = 0n;
  #seq = 0;
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
    for (const { life } of this.#queues.values()) life.forget(now);
    return this.#run(requests, now);
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    const pool = this.#heldBy(lease);
    if (!pool) throw leaseLost(lease);
    return this.#run(decisions, now, pool);
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
    const owner: Owner = { queues: new Set(queues), events: new Channel<OwnerEvent>(leave), load: 0 };
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
    return queries.map((query) => this.#status(query));
  }

  async ask(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    signal?.throwIfAborted();
    const held = this.#find(pool)?.held;
    if (!held) throw noOwner(pool);
    const { lease, owner } = held;
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
    const pool = this.#heldBy(lease);
    if (!pool?.held) return;
    const { owner } = pool.held;
    const other = this.#ownersOf(pool).find((one) => one !== owner);
    this.#revoke(pool);
    this.#grant(pool, other ?? owner);
  }

  /** The pool of a lease, if that still is the newest. */
  #heldBy({ pool: key, fence }: Lease): PoolState | undefined {
    const pool = this.#find(key);
    return pool?.held?.lease.fence === fence ? pool : undefined;
  }

  #run<In extends Input>(inputs: readonly In[], now: Millis, theirs?: PoolState): Outcomes[In["type"]][] {
    const changed = new Set<PoolState>();
    try {
      return inputs.map((input) => {
        const key = theirs ? theirs.key : routeOf(input as Request);
        const life = this.#lifeOf(key);
        const { outcome, changes } = step(life, input, now);
        if (key && changes.length > 0) {
          const pool = theirs ?? this.#poolOf(key, life);
          changed.add(pool);
          for (const change of changes) {
            evolve(life, change, now);
            pool.open += opens(change);
            pool.told.push({ seq: ++pool.seq, at: now, change });
          }
        }
        return outcome;
      });
    } finally {
      for (const pool of changed) this.#tell(pool);
      for (const pool of this.#unused) if (this.#unused.size > MOST_UNUSED) this.#drop(pool);
    }
  }

  #tell(pool: PoolState): void {
    const { held, told } = pool;
    pool.told = held ? [] : told.filter(({ change }) => opens(change) < 0).slice(-MOST_UNUSED);
    held?.owner.events.push({ type: "changed", lease: held.lease, changes: told });
    this.#unused.delete(pool);
    if (pool.open === 0) this.#unused.add(pool);
  }

  #drop(pool: PoolState): void {
    this.#unused.delete(pool);
    this.#queues.get(pool.key.queue)?.pools.delete(placeOf(pool.key));
    this.#seq = Math.max(this.#seq, pool.seq);
    this.#revoke(pool);
  }

  /** The life of a pool's tickets; an empty one for a queue that nobody has joined. */
  #lifeOf(key: PoolKey | undefined): LifeState {
    return (key && this.#queues.get(key.queue)?.life) ?? new LifeState(this.#retention);
  }

  #find(key: PoolKey): PoolState | undefined {
    return this.#queues.get(key.queue)?.pools.get(placeOf(key));
  }

  #poolOf(at: PoolKey, life: LifeState): PoolState {
    let pool = this.#find(at);
    if (!pool) {
      const { queue, region, partition } = at;
      const key: PoolKey = partition === undefined ? { queue, region } : { queue, region, partition };
      pool = { key, seq: this.#seq, held: undefined, told: [], open: 0 };
      let state = this.#queues.get(queue);
      if (!state) this.#queues.set(queue, (state = { life, pools: new Map() }));
      state.pools.set(placeOf(key), pool);
      // Given away while it is empty, so that its owner hears of the first ticket as of every other. The others stay
      // where they are: a batch may be under way in them, and whoever has least takes one more.
      const [owner] = this.#ownersOf(pool).sort((one, other) => one.load - other.load);
      if (owner) this.#grant(pool, owner);
    }
    return pool;
  }

  #ownersOf({ key }: PoolState): Owner[] {
    return this.#owners.filter(({ queues }) => queues.has(key.queue));
  }

  #rebalance(): void {
    const pools = Array.from(this.#queues.values()).flatMap((queue) => [...queue.pools.values()]);
    const owners = new Map(pools.map((pool) => [pool, pool.held?.owner]));
    for (const [pool, owner] of spread(owners, (pool) => this.#ownersOf(pool))) {
      this.#revoke(pool);
      if (owner) this.#grant(pool, owner);
    }
  }

  #revoke(pool: PoolState): void {
    const { held } = pool;
    pool.held = undefined;
    if (!held) return;
    const { owner, lease, lose } = held;
    owner.load--;
    lose.abort(leaseLost(lease));
    owner.events.push({ type: "lost", lease });
  }

  #grant(pool: PoolState, owner: Owner): void {
    const { key, seq } = pool;
    const life = this.#lifeOf(key);
    const lose = new AbortController();
    const lease: Lease = { pool: key, fence: ++this.#fence, lost: lose.signal };
    pool.held = { owner, lease, lose };
    owner.load++;
    const isHere = (at: PoolKey): boolean => placeOf(at) === placeOf(key);
    const waiting: WaitingTicket[] = [];
    const pending: PendingMatch[] = [];
    // All pools of a queue have one life: to look through it for the first ticket of a region would take a while.
    if (pool.open > 0) {
      for (const { ticket, state, seenAt } of life.tickets.values()) {
        if (state === "waiting" && isHere(ticket)) waiting.push({ ticket, seenAt });
      }
      for (const { match, state, answers } of life.matches.values()) {
        if ((state === "claimed" || state === "settled") && isHere(match))
          pending.push({ match, state, answers: new Map(answers) });
      }
    }
    owner.events.push({ type: "gained", lease, seq, waiting, pending });
    if (pool.told[0]) this.#tell(pool);
  }

  #status(query: Query): TicketStatus | MatchStatus | undefined {
    if (query.type === "match") {
      const record = this.#lifeOf(poolOf(query.matchId)).matches.get(query.matchId);
      return record && { type: "match", ...record, answers: Object.fromEntries(record.answers) };
    }
    const record =
      query.type === "player"
        ? this.#queues.get(query.queue)?.life.ticketOf(query.playerId)
        : this.#lifeOf(poolOf(query.ticketId)).tickets.get(query.ticketId);
    return record && { type: "ticket", ticket: record.ticket, state: record.state, matchId: record.matchId };
  }
}

/** How many more tickets and matches are open in a pool after a change. */
function opens(change: Change): number {
  if (change.type === "released") return -change.dropped.length;
  if (change.type === "settled") return 1 - ticketsOf(change.match).length;
  return OPENS[change.type] ?? 0;
}

const OPENS: { readonly [Type in Change["type"]]?: number } = {
  joined: 1,
  left: -1,
  expired: -1,
  delivered: -1,
};

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
    remedy: "Drop the pool; its new owner goes on.",
  });
}

/** What a store rejects with when nobody answers for a pool. */
export function noOwner(pool: PoolKey): EvenmatchError {
  return new EvenmatchError("NO_OWNER", {
    rule: "a question is answered by the owner of its pool",
    received: nameOf(pool),
    remedy: "Start a matchmaker for the queue, or ask again later.",
    retryable: true,
  });
}
