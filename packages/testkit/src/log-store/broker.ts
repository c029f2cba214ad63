import type { Answer, Change, Millis, PoolKey, Question, Request, RequestOutcome } from "@evenmatch/core";
import { nameOf, spread } from "@evenmatch/core/adapter";

/** A request as a writer appends it. `correlation` names it, so that it takes effect once however often it is sent. */
export interface RequestRecord {
  readonly correlation: string;
  readonly request: Request;
  readonly at: Millis;
}

/** A decision as the fenced owner appends it, together with the request that it took up, if any. */
export type LogRecord =
  | { readonly type: "owned"; readonly epoch: bigint }
  | {
      readonly type: "decided";
      readonly at: Millis;
      readonly changes: readonly Change[];
      /** Where the next request to take up stands. */
      readonly nextRequest: number;
      readonly taken?: { readonly correlation: string; readonly outcome: RequestOutcome };
    };

/** Who takes part in the spreading of pools. The broker calls it; it answers in its own time. */
export interface Member {
  readonly queues: ReadonlySet<string>;
  assigned(pool: PoolKey): void;
  revoked(pool: PoolKey): void;
  asked(pool: PoolKey, question: Question): Promise<Answer> | undefined;
}

interface Partition {
  readonly key: PoolKey;
  readonly requests: RequestRecord[];
  readonly log: LogRecord[];
  readonly readers: Set<() => void>;
  epoch: bigint;
  owner: Member | undefined;
}

/** What the broker answers to an append with an epoch that is no longer the newest. */
export class Fenced extends Error {
  override readonly name = "Fenced";
}

/** What goes wrong with a {@link Broker}. */
export interface BrokerOptions {
  /** Asked for each answer to a writer: true loses it on the way. */
  readonly losesAnswer?: () => boolean;
}

/**
 * A log as Kafka offers it, in memory: anyone appends requests, without any condition; appending decisions is
 * fenced by an epoch, and that is the only protection there is. Every call takes effect in a later turn than it was
 * made in, so callers see the same gaps between reading and writing as over a network.
 */
export class Broker {
  readonly #partitions = new Map<string, Partition>();
  readonly #members: Member[] = [];
  readonly #writers = new Map<string, (outcome: RequestOutcome) => void>();

  constructor(private readonly options: BrokerOptions = {}) {}

  /** Appends a request, whoever asks. */
  async appendRequest(pool: PoolKey, record: RequestRecord): Promise<void> {
    await turn();
    const partition = this.#partition(pool);
    partition.requests.push(record);
    for (const wake of partition.readers) wake();
    if (!partition.owner) this.#rebalance();
  }

  /** Takes the right to append decisions from everyone before; returns the epoch to append with. */
  async fence(pool: PoolKey): Promise<bigint> {
    await turn();
    return ++this.#partition(pool).epoch;
  }

  /** Appends all or, with `Fenced`, nothing. */
  async append(pool: PoolKey, epoch: bigint, records: readonly LogRecord[]): Promise<void> {
    await turn();
    const partition = this.#partition(pool);
    if (partition.epoch !== epoch) throw new Fenced(`epoch ${epoch} of ${nameOf(pool)} is over`);
    partition.log.push(...records);
  }

  /** The decisions from a position on. */
  async log(pool: PoolKey, from: number): Promise<readonly LogRecord[]> {
    await turn();
    return this.#partitions.get(nameOf(pool))?.log.slice(from) ?? [];
  }

  /** The requests from a position on; none when there are none yet. */
  async requests(pool: PoolKey, from: number): Promise<readonly RequestRecord[]> {
    await turn();
    return this.#partition(pool).requests.slice(from);
  }

  /** Calls `wake` whenever a request is appended; returns what ends that. */
  onRequest(pool: PoolKey, wake: () => void): () => void {
    const { readers } = this.#partition(pool);
    readers.add(wake);
    return () => readers.delete(wake);
  }

  /** Where the answer to a request goes, until the returned function is called. */
  onAnswer(correlation: string, take: (outcome: RequestOutcome) => void): () => void {
    this.#writers.set(correlation, take);
    return () => this.#writers.delete(correlation);
  }

  /** Answers a request, if its writer still listens and the answer is not lost. */
  answer(correlation: string, outcome: RequestOutcome): void {
    if (this.options.losesAnswer?.()) return;
    this.#writers.get(correlation)?.(outcome);
  }

  /** Asks the owner of a pool; `undefined` when nobody owns it. */
  ask(pool: PoolKey, question: Question): Promise<Answer> | undefined {
    return this.#partitions.get(nameOf(pool))?.owner?.asked(pool, question);
  }

  /** Every pool of a queue that somebody has joined. */
  pools(queue: string): PoolKey[] {
    return Array.from(this.#partitions.values(), ({ key }) => key).filter((key) => key.queue === queue);
  }

  /** Somebody offers to own pools. */
  join(member: Member): void {
    this.#members.push(member);
    this.#rebalance();
  }

  /** Somebody no longer does. */
  leave(member: Member): void {
    const index = this.#members.indexOf(member);
    if (index >= 0) this.#members.splice(index, 1);
    for (const partition of this.#partitions.values())
      if (partition.owner === member) partition.owner = undefined;
    this.#rebalance();
  }

  /** Ends an ownership as a session that ran out would: somebody else gets the pool, or the same member anew. */
  expire(pool: PoolKey): void {
    const partition = this.#partition(pool);
    const previous = partition.owner;
    const others = this.#membersOf(partition).filter((member) => member !== previous);
    this.#assign(partition, others[0] ?? previous);
  }

  #membersOf({ key }: Partition): Member[] {
    return this.#members.filter(({ queues }) => queues.has(key.queue));
  }

  #rebalance(): void {
    const owners = new Map(
      Array.from(this.#partitions.values(), (partition) => [partition, partition.owner]),
    );
    for (const [partition, owner] of spread(owners, (partition) => this.#membersOf(partition)))
      this.#assign(partition, owner);
  }

  /** The new owner is told at once, the old one a turn later: what it still appends must be refused, not prevented. */
  #assign(partition: Partition, owner: Member | undefined): void {
    const previous = partition.owner;
    partition.owner = owner;
    if (previous && previous === owner) previous.revoked(partition.key);
    else if (previous) {
      // Unless it has been given the pool back by then.
      void turn().then(() => {
        if (partition.owner !== previous) previous.revoked(partition.key);
      });
    }
    owner?.assigned(partition.key);
  }

  #partition({ queue, region, partition }: PoolKey): Partition {
    const key: PoolKey = partition === undefined ? { queue, region } : { queue, region, partition };
    const name = nameOf(key);
    let found = this.#partitions.get(name);
    if (!found) {
      found = { key, requests: [], log: [], readers: new Set(), epoch: 0n, owner: undefined };
      this.#partitions.set(name, found);
    }
    return found;
  }
}

/** A turn of the promise queue: what was asked for takes effect later than it was asked for. */
async function turn(): Promise<void> {
  for (let hop = 0; hop < 3; hop++) await Promise.resolve();
}
