import type {
  Answer,
  Change,
  Decision,
  DecisionOutcome,
  Lease,
  Millis,
  OwnerEvent,
  PendingMatch,
  PoolChange,
  PoolKey,
  Question,
  RequestOutcome,
} from "@evenmatch/core";
import {
  leaseLost,
  nameOf,
  noOwner,
  step,
  type Channel,
  type Input,
  type Retention,
} from "@evenmatch/core/adapter";
import type { Broker, LogRecord, RequestRecord } from "./broker.js";
import { Fold } from "./fold.js";

/**
 * One pool in the hands of its owner.
 *
 * 1. Taking over: fence everyone before, write a marker, read the log until that marker comes by. From then on
 *    nobody else can append, so the fold is the truth.
 * 2. Requests are taken up in their order, each with the decision that answers it, and take effect when that is
 *    appended. One that was taken up before is only answered again.
 * 3. Any failure to append means that somebody else owns the pool: fold and lease are dropped.
 *
 * Everything goes through one chain, so the fold that a decision is made on is the fold it is appended to.
 */
export class PartitionOwner {
  readonly #fold: Fold;
  readonly #lost = new AbortController();
  #lease: Lease | undefined;
  #chain: Promise<unknown>;
  #stopReading = (): void => {};
  #isReading = false;

  constructor(
    readonly pool: PoolKey,
    private readonly broker: Broker,
    private readonly events: Channel<OwnerEvent>,
    retention: Retention,
  ) {
    this.#fold = new Fold(retention);
    this.#chain = this.#takeOver().catch(() => this.lose());
  }

  /** True for the lease that this very ownership gave out. */
  holds(lease: Lease): boolean {
    const isSame = this.#lease?.fence === lease.fence && nameOf(lease.pool) === nameOf(this.pool);
    return isSame && !this.#lost.signal.aborted;
  }

  decide(lease: Lease, decisions: readonly Decision[], now: Millis): Promise<DecisionOutcome[]> {
    return this.#next(async () => {
      if (!this.holds(lease)) throw leaseLost(lease);
      const records: LogRecord[] = [];
      const changes: PoolChange[] = [];
      const outcomes = decisions.map((decision) => this.#run(decision, now, records, changes));
      await this.#append(records);
      this.#publish(changes);
      return outcomes as DecisionOutcome[];
    });
  }

  ask(question: Question): Promise<Answer> | undefined {
    const lease = this.#lease;
    if (!lease || this.#lost.signal.aborted) return undefined;
    return new Promise((resolve, reject) => {
      lease.lost.addEventListener("abort", () => reject(noOwner(this.pool)), { once: true });
      this.events.push({ type: "asked", lease, question, reply: resolve });
    });
  }

  lose(): void {
    if (this.#lost.signal.aborted) return;
    this.#stopReading();
    const lease = this.#lease;
    this.#lost.abort(lease ? leaseLost(lease) : undefined);
    if (lease) this.events.push({ type: "lost", lease });
  }

  async #takeOver(): Promise<void> {
    const epoch = await this.broker.fence(this.pool);
    await this.broker.append(this.pool, epoch, [{ type: "owned", epoch }]);
    for (let from = 0, isDone = false; !isDone;) {
      for (const record of await this.broker.log(this.pool, from)) {
        from++;
        this.#fold.apply(record);
        isDone ||= record.type === "owned" && record.epoch === epoch;
      }
    }
    if (this.#lost.signal.aborted) return;
    this.#lease = { pool: this.pool, fence: epoch, lost: this.#lost.signal };
    this.events.push({ type: "gained", lease: this.#lease, seq: this.#fold.seq, ...this.#snapshot() });
    this.#stopReading = this.broker.onRequest(this.pool, () => this.#read());
    this.#read();
  }

  #snapshot(): Pick<Extract<OwnerEvent, { type: "gained" }>, "waiting" | "pending"> {
    const { tickets, matches } = this.#fold.life;
    const waiting = [...tickets.values()].filter(({ state }) => state === "waiting");
    const pending = [...matches.values()].filter(({ state }) => state === "claimed" || state === "settled");
    return {
      waiting: waiting.map(({ ticket, seenAt }) => ({ ticket, seenAt })),
      pending: pending.map((record) => ({ ...record, answers: new Map(record.answers) }) as PendingMatch),
    };
  }

  #read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#next(async () => {
      this.#isReading = false;
      if (this.#lost.signal.aborted) return;
      const requests = await this.broker.requests(this.pool, this.#fold.nextRequest);
      if (requests.length > 0) await this.#takeUp(requests);
    }).catch(() => this.lose());
  }

  async #takeUp(requests: readonly RequestRecord[]): Promise<void> {
    const records: LogRecord[] = [];
    const changes: PoolChange[] = [];
    const answers = requests.map(({ correlation, request, at }) => {
      const known = this.#fold.answerTo(correlation);
      if (known)
        this.#record({ type: "decided", at, changes: [], nextRequest: this.#fold.nextRequest + 1 }, records);
      const outcome = known ?? (this.#run(request, at, records, changes, correlation) as RequestOutcome);
      return { correlation, outcome };
    });
    await this.#append(records);
    this.#publish(changes);
    for (const { correlation, outcome } of answers) this.broker.answer(correlation, outcome);
  }

  /** Decides on the fold, and folds the decision in: should appending it fail, the fold is dropped with the lease. */
  #run(input: Input, at: Millis, records: LogRecord[], told: PoolChange[], correlation?: string): unknown {
    this.#fold.life.forget(at);
    const { outcome, changes } = step(this.#fold.life, input, at);
    const isRequest = correlation !== undefined;
    const record: LogRecord = {
      type: "decided",
      at,
      changes,
      nextRequest: this.#fold.nextRequest + (isRequest ? 1 : 0),
      ...(isRequest && { taken: { correlation, outcome: outcome as RequestOutcome } }),
    };
    changes.forEach((change: Change, index) => told.push({ seq: this.#fold.seq + index + 1, at, change }));
    this.#record(record, records);
    return outcome;
  }

  #record(record: LogRecord, records: LogRecord[]): void {
    this.#fold.apply(record);
    records.push(record);
  }

  async #append(records: readonly LogRecord[]): Promise<void> {
    const lease = this.#lease as Lease;
    try {
      await this.broker.append(this.pool, lease.fence, records);
    } catch {
      this.lose();
      throw leaseLost(lease);
    }
  }

  #publish(changes: readonly PoolChange[]): void {
    if (changes.length > 0) this.events.push({ type: "changed", lease: this.#lease as Lease, changes });
  }

  #next<T>(run: () => Promise<T>): Promise<T> {
    const running = this.#chain.then(run);
    this.#chain = running.catch(() => {});
    return running;
  }
}
