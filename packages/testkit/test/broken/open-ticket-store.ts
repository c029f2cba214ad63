import {
  systemClock,
  type Answer,
  type CallOptions,
  type Change,
  type Decision,
  type DecisionOutcome,
  type Lease,
  type Millis,
  type OwnerEvent,
  type PendingMatch,
  type PoolChange,
  type PoolKey,
  type Query,
  type Question,
  type Request,
  type RequestOutcome,
  type TicketStore,
  type TimedOptions,
  type WaitingTicket,
} from "@evenmatch/core";
import {
  Channel,
  evolve,
  leaseLost,
  LifeState,
  nameOf,
  noOwner,
  poolOf,
  routeOf,
  spread,
  step,
  type Input,
  type Step,
} from "@evenmatch/core/adapter";
import { find } from "../../src/contract/ticket-store/stage.js";

export interface OpenOwner {
  readonly queues: ReadonlySet<string>;
  readonly events: Channel<OwnerEvent>;
}

export interface OpenPool {
  readonly key: PoolKey;
  seq: number;
  fence: bigint;
  owner: OpenOwner | undefined;
  lease: Lease | undefined;
  /** What ended while nobody ran it. */
  unheard: PoolChange[];
  readonly lost: Map<bigint, AbortController>;
}

type Asked = Extract<OwnerEvent, { type: "asked" }>;

/**
 * A ticket store in memory with its parts in the open, so that a broken store is this one with one part done wrong.
 * It keeps the contract itself, which its own test shows.
 */
export class OpenTicketStore implements TicketStore {
  protected readonly lives = new Map<string, LifeState>();
  protected readonly pools = new Map<string, OpenPool>();
  protected readonly owners: OpenOwner[] = [];
  protected retention = { retainMs: 60_000, dedupeMs: 600_000 };
  protected readonly clock = systemClock();

  async submit(requests: readonly Request[], { now, signal }: TimedOptions): Promise<RequestOutcome[]> {
    signal?.throwIfAborted();
    return this.run(requests, (request) => routeOf(request), now);
  }

  async decide(
    lease: Lease,
    decisions: readonly Decision[],
    { now, signal }: TimedOptions,
  ): Promise<DecisionOutcome[]> {
    signal?.throwIfAborted();
    if (!this.isNewest(lease)) throw leaseLost(lease);
    return this.run(decisions, () => lease.pool, now);
  }

  own(queues: readonly string[], { signal }: CallOptions): AsyncIterable<OwnerEvent> {
    const leave = (): void => {
      const index = this.owners.indexOf(owner);
      if (index < 0) return;
      this.owners.splice(index, 1);
      owner.events.end();
      this.rebalance();
    };
    const owner: OpenOwner = { queues: new Set(queues), events: new Channel<OwnerEvent>(leave) };
    this.owners.push(owner);
    if (signal?.aborted) leave();
    else signal?.addEventListener("abort", leave, { once: true });
    this.rebalance();
    return owner.events;
  }

  async read(queries: readonly Query[], { signal }: CallOptions): ReturnType<TicketStore["read"]> {
    signal?.throwIfAborted();
    return queries.map((query) => this.find(query));
  }

  async ask(pool: PoolKey, question: Question, { signal }: CallOptions): Promise<Answer> {
    signal?.throwIfAborted();
    const { lease, owner } = this.pools.get(nameOf(pool)) ?? {};
    if (!lease || !owner) throw this.nobody(pool);
    return new Promise((resolve, reject) => {
      this.whenLost(lease, () => reject(noOwner(pool)));
      signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
      const asked: Asked = { type: "asked", lease, question, reply: resolve };
      owner.events.push(asked);
    });
  }

  async time(): Promise<Millis> {
    return this.clock.now();
  }

  endLease(lease: Lease): void {
    const pool = this.pools.get(nameOf(lease.pool));
    if (!pool || pool.lease?.fence !== lease.fence) return;
    const others = this.ownersOf(pool).filter((owner) => owner !== pool.owner);
    const next = others[0] ?? pool.owner;
    this.revoke(pool);
    if (next) this.grant(pool, next);
  }

  protected find(query: Query): ReturnType<typeof find> {
    const key =
      query.type === "player"
        ? { queue: query.queue, region: "" }
        : poolOf(query.type === "match" ? query.matchId : query.ticketId);
    return key && find(this.lifeOf(key), query);
  }

  protected nobody(pool: PoolKey): Error {
    return noOwner(pool);
  }

  protected whenLost(lease: Lease, run: () => void): void {
    lease.lost.addEventListener("abort", run, { once: true });
  }

  protected isNewest(lease: Lease): boolean {
    return this.pools.get(nameOf(lease.pool))?.lease?.fence === lease.fence;
  }

  /** Runs a batch, entry by entry, and tells the owners what changed. */
  protected run<I extends Input, Out>(
    inputs: readonly I[],
    poolFor: (input: I) => PoolKey | undefined,
    now: Millis,
  ): Out[] {
    const told = new Map<OpenPool, PoolChange[]>();
    const outcomes = inputs.map((input) => this.one(poolFor(input), input, now, told) as Out);
    let isNew = false;
    for (const [pool, changes] of told) {
      if (pool.lease) this.tell(pool, changes);
      else {
        this.keep(pool, changes);
        isNew = true;
      }
    }
    if (isNew) this.rebalance();
    return outcomes;
  }

  protected one(
    key: PoolKey | undefined,
    input: Input,
    now: Millis,
    told: Map<OpenPool, PoolChange[]>,
  ): unknown {
    const life = key ? this.lifeOf(key) : new LifeState(this.retention);
    life.forget(now);
    const { outcome, changes } = this.step(life, input, now);
    if (!key || changes.length === 0) return outcome;
    const pool = this.poolOf(key);
    const list = told.get(pool) ?? [];
    told.set(pool, list);
    for (const change of changes) {
      this.evolve(life, change, now);
      list.push({ seq: ++pool.seq, at: now, change });
    }
    return outcome;
  }

  protected step(life: LifeState, input: Input, now: Millis): Step<Input["type"]> {
    return step(life, input, now);
  }

  protected evolve(life: LifeState, change: Change, now: Millis): void {
    evolve(life, change, now);
  }

  protected lifeOf({ queue }: PoolKey): LifeState {
    let life = this.lives.get(queue);
    if (!life) this.lives.set(queue, (life = new LifeState(this.retention)));
    return life;
  }

  protected poolOf(key: PoolKey): OpenPool {
    let pool = this.pools.get(nameOf(key));
    const { queue, region } = key;
    if (!pool) {
      pool = {
        key: { queue, region },
        seq: 0,
        fence: 0n,
        owner: undefined,
        lease: undefined,
        unheard: [],
        lost: new Map(),
      };
      this.pools.set(nameOf(key), pool);
    }
    return pool;
  }

  protected tell({ lease, owner }: OpenPool, changes: readonly PoolChange[]): void {
    if (lease && owner && changes.length > 0) owner.events.push({ type: "changed", lease, changes });
  }

  /** Keeps what ended for the next owner. */
  protected keep(pool: OpenPool, changes: readonly PoolChange[]): void {
    pool.unheard.push(...changes.filter(({ change }) => change.type === "left"));
  }

  protected ownersOf({ key }: OpenPool): OpenOwner[] {
    return this.owners.filter(({ queues }) => queues.has(key.queue));
  }

  protected rebalance(): void {
    const owners = new Map(Array.from(this.pools.values(), (pool) => [pool, pool.owner]));
    for (const [pool, owner] of this.spread(owners)) {
      this.revoke(pool);
      if (owner) this.grant(pool, owner);
    }
  }

  protected spread(
    owners: ReadonlyMap<OpenPool, OpenOwner | undefined>,
  ): Map<OpenPool, OpenOwner | undefined> {
    return spread(owners, (pool) => this.ownersOf(pool));
  }

  protected revoke(pool: OpenPool): void {
    const { lease, owner } = pool;
    pool.lease = pool.owner = undefined;
    if (!lease) return;
    this.lose(pool, lease);
    owner?.events.push({ type: "lost", lease });
  }

  protected lose(pool: OpenPool, lease: Lease): void {
    pool.lost.get(lease.fence)?.abort(leaseLost(lease));
  }

  protected grant(pool: OpenPool, owner: OpenOwner): void {
    const lost = new AbortController();
    pool.fence++;
    pool.owner = owner;
    pool.lost.set(pool.fence, lost);
    pool.lease = { pool: pool.key, fence: pool.fence, lost: lost.signal };
    owner.events.push({
      type: "gained",
      lease: pool.lease,
      seq: pool.seq,
      waiting: this.waiting(pool),
      pending: this.pending(pool),
    });
    this.tell(pool, pool.unheard.splice(0));
  }

  protected waiting({ key }: OpenPool): WaitingTicket[] {
    const records = [...this.lifeOf(key).tickets.values()];
    return records
      .filter(({ ticket, state }) => state === "waiting" && ticket.region === key.region)
      .map(({ ticket, seenAt }) => ({ ticket, seenAt }));
  }

  protected pending({ key }: OpenPool): PendingMatch[] {
    const records = [...this.lifeOf(key).matches.values()];
    return records.flatMap(({ match, state, answers }) =>
      (state === "claimed" || state === "settled") && match.region === key.region
        ? [{ match, state, answers: new Map(answers) }]
        : [],
    );
  }
}
