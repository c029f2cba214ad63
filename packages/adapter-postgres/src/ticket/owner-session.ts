import type { Decision, DecisionOutcome, Lease, Millis, OwnerEvent, PoolKey } from "@evenmatch/core";
import { Alarm, Channel, onAbort, pause } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";
import { isRetryable } from "../connection/failures.js";
import type { Wakeups } from "../connection/wakeups.js";
import { cleanUp, type Remembers } from "./housekeeping.js";
import { Holding, type ChangeRow, type TakenRow } from "./holding.js";
import { goAway, spreadPools } from "./owners.js";
import { Presence } from "./presence.js";
import { OWNERS, POOLS, QUESTIONS, ANSWERS } from "./topics.js";
import { encodeAnswer } from "./questions.js";

/** How many changes of a pool come at once. */
const MOST_CHANGES = 2_000;
/** How long to wait before the database is asked again after it failed, in ms. */
const TRY_AGAIN = 100;
/** How many pools it takes over side by side: a worker that is killed may leave hundreds. */
const AT_ONCE = 4;
/** What a new owner gets may be large. */
const SNAPSHOT_TIMEOUT = 60_000;

interface OwnedRow extends Omit<ChangeRow, "seq"> {
  readonly id: number;
  readonly queue: string;
  readonly region: string;
  readonly partition: number | null;
  readonly fence: string;
  readonly head: string;
  readonly is_mine: boolean;
  readonly seq: string | null;
  readonly server: string;
}

/** Where a session runs, how long its lease is, and how long what has ended is remembered. */
export interface SessionOptions {
  readonly database: Database;
  readonly wakeups: Wakeups;
  readonly leaseMs: Millis;
  readonly remembers: Remembers;
}

/**
 * One offer to run pools. It says every third of a lease that it lives, spreads the pools whenever somebody came or
 * went, takes over those that are its own, and reads their changes whenever it is woken.
 */
export class OwnerSession {
  readonly events: Channel<OwnerEvent>;
  readonly #options: SessionOptions;
  readonly #held = new Map<number, Holding>();
  readonly #asked = new Set<string>();
  #forget = (): void => {};
  #me: string | undefined;
  #isOver = false;
  #running: Promise<void> = Promise.resolve();
  /** What has been heard of since the last look. */
  #news = { pools: new Set<number>(), owners: true, questions: true };
  readonly #alarm = new Alarm();
  #cancelEnd = (): void => {};
  readonly #presence: Presence;
  #isCleaning = false;

  constructor(queues: readonly string[], signal: AbortSignal | undefined, options: SessionOptions) {
    this.#options = options;
    this.#presence = new Presence(options.database, queues, options.leaseMs);
    this.events = new Channel<OwnerEvent>(() => void this.close());
    this.#forget = onAbort(signal, () => void this.close());
    if (this.#isOver) this.#forget();
    else this.#running = this.#run();
  }

  /** Stops offering, and hands the pools over. */
  async close(): Promise<void> {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#forget();
      this.#cancelEnd();
      this.#alarm.ring();
      this.events.end();
    }
    await this.#running;
  }

  /** Resolves when all that it held is given up. */
  ended(): Promise<void> {
    return this.#running;
  }

  /** The pool that a lease of this session is about, while it lasts. */
  holding(lease: Lease): Holding | undefined {
    for (const holding of this.#held.values()) if (holding.lease === lease) return holding;
    return undefined;
  }

  /** Makes what is decided known before it comes as a change, and has the changes read once it is. */
  async deciding(
    holding: Holding,
    decisions: readonly Decision[],
    decide: () => Promise<DecisionOutcome[]>,
  ): Promise<DecisionOutcome[]> {
    const isNew = decisions.map((decision) => decision.type === "claim" && holding.decides(decision.match));
    try {
      const outcomes = await decide();
      for (const [index, decision] of decisions.entries())
        if (decision.type === "claim" && isNew[index] && outcomes[index]?.type === "gone")
          holding.lost(decision.match.id);
      return outcomes;
    } finally {
      this.#tell({ pools: [holding.id] });
    }
  }

  /** The pool has another owner, as far as somebody was told. */
  doubt(): void {
    this.#tell({ owners: true });
  }

  async #run(): Promise<void> {
    const { wakeups } = this.#options;
    const offs: (() => void)[] = [];
    try {
      offs.push(await wakeups.on(OWNERS, () => this.#tell({ owners: true })));
      offs.push(await wakeups.on(QUESTIONS, () => this.#tell({ questions: true })));
      offs.push(
        await wakeups.on(POOLS, (ids) => {
          this.#tell({ pools: ids.length > 0 ? ids.map(Number) : this.#held.keys() });
        }),
      );
      this.#me = await this.#presence.start({ beat: () => this.#beat(), lost: (error) => this.#fail(error) });
      wakeups.ring(OWNERS);
      this.#alarm.ring();
      for (;;) {
        await this.#alarm.rung();
        if (this.#isOver) break;
        await this.#look();
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#cancelEnd();
      for (const off of offs) off();
      await this.#presence.stop();
      await this.#leave();
    }
  }

  /** It can go on no longer: whoever iterates is told why, and may offer anew. */
  #fail(error: unknown): void {
    this.events.fail(error);
    this.#isOver = true;
    this.#alarm.ring();
  }

  /** Looks at what there is news of. What fails is tried again for as long as the lease lasts. */
  async #look(): Promise<void> {
    const news = this.#news;
    this.#news = { pools: new Set(), owners: false, questions: false };
    try {
      if (news.owners) await this.#spread();
      if (!this.#isOver) await this.#read(news.owners, news.pools);
      if (news.questions && !this.#isOver) await this.#takeQuestions();
    } catch (error) {
      if (this.#isOver) return;
      if (!isRetryable(error)) throw error;
      this.#tell({ pools: news.pools, owners: true, questions: true });
      await pause(this.#options.database.clock, TRY_AGAIN);
    }
  }

  /** Wake-ups may be lost: once in a while it looks at everything, and cleans up. */
  #beat(): void {
    this.#tell({ owners: true, questions: true, pools: this.#held.keys() });
    if (this.#isCleaning) return;
    this.#isCleaning = true;
    const { database, remembers } = this.#options;
    const told = Array.from(this.#held.values(), (holding) => ({ id: holding.id, seq: holding.settled() }));
    cleanUp(database, told, remembers)
      // What is left is cleaned up at the next beat.
      .catch(() => {})
      .finally(() => (this.#isCleaning = false));
  }

  async #spread(): Promise<void> {
    const { database, wakeups } = this.#options;
    const { clock } = database;
    const { moved, nextEnd } = await spreadPools(database, this.#me as string);
    if (moved) wakeups.ring(OWNERS);
    this.#cancelEnd();
    if (nextEnd === Infinity) return;
    this.#cancelEnd = clock.at(clock.now() + nextEnd + 1, () => this.#tell({ owners: true }));
  }

  /** Takes over and gives up what has changed hands, and reads the changes of what it holds. */
  async #read(isAll: boolean, ids: ReadonlySet<number>): Promise<void> {
    const { database } = this.#options;
    const asked = isAll ? [...this.#held.values()] : [...ids].flatMap((id) => this.#held.get(id) ?? []);
    if (!isAll && asked.length === 0) return;
    const rows = await database.query<OwnedRow>("SELECT * FROM {schema}.owned($1, $2, $3, $4, $5)", [
      this.#me,
      isAll,
      asked.map(({ id }) => id),
      asked.map(({ seq }) => seq),
      MOST_CHANGES,
    ]);
    const pools = new Map<number, OwnedRow[]>();
    for (const row of rows) {
      const list = pools.get(row.id);
      if (list) list.push(row);
      else pools.set(row.id, [row]);
    }
    for (const holding of asked) if (!pools.has(holding.id)) this.#lose(holding);
    const gains: (() => Promise<void>)[] = [];
    for (const list of pools.values()) {
      if (this.#isOver) return;
      const [first] = list as [OwnedRow, ...OwnedRow[]];
      // What it holds already comes first: taking others over may take long.
      if (!(await this.#hear(list)))
        gains.push(() => this.#gain(first.id, keyOf(first), BigInt(first.fence)));
    }
    await allOf(gains, AT_ONCE);
  }

  /** False for a pool that is to be taken over. */
  async #hear(rows: readonly OwnedRow[]): Promise<boolean> {
    const [first] = rows as [OwnedRow, ...OwnedRow[]];
    const fence = BigInt(first.fence);
    let holding = this.#held.get(first.id);
    if (holding && (!first.is_mine || holding.lease.fence !== fence)) {
      this.#lose(holding);
      holding = undefined;
    }
    if (!first.is_mine) return true;
    if (!holding) return false;
    const news = rows.filter((row): row is OwnedRow & { seq: string } => row.seq !== null);
    const from = holding.seq;
    const changes = first.server === holding.server ? holding.read(news) : undefined;
    const isBehind = news.length >= MOST_CHANGES;
    const head = Number(first.head);
    if (!changes || head < from || (!isBehind && head > holding.seq)) {
      await this.#regain(holding);
      return true;
    }
    if (changes.length > 0) this.events.push({ type: "changed", lease: holding.lease, changes });
    if (isBehind) this.#tell({ pools: [holding.id] });
    return true;
  }

  async #gain(id: number, pool: PoolKey, fence: bigint): Promise<void> {
    const { database } = this.#options;
    if (this.#isOver) return;
    const holding = new Holding(id, pool, fence);
    const rows = await database.query<TakenRow>("SELECT * FROM {schema}.taken($1, $2)", [id, String(fence)], {
      timeoutMs: SNAPSHOT_TIMEOUT,
    });
    const events = this.#isOver ? [] : holding.gain(rows);
    if (events.length === 0) {
      this.#tell({ owners: true });
      return;
    }
    this.#held.set(id, holding);
    for (const event of events) this.events.push(event);
    // What came meanwhile was rung for whoever held it then.
    this.#tell({ pools: [id], questions: true });
  }

  /** There is a gap in what it heard: takes the pool anew, as another owner would. */
  async #regain(holding: Holding): Promise<void> {
    const { database } = this.#options;
    this.#lose(holding);
    await database.query(
      `UPDATE {schema}.pools SET fence = {schema}.next_fence(fence) WHERE id = $1 AND fence = $2`,
      [holding.id, String(holding.lease.fence)],
    );
    this.#tell({ owners: true });
  }

  #lose(holding: Holding): void {
    this.#held.delete(holding.id);
    holding.lose();
    this.events.push({ type: "lost", lease: holding.lease });
  }

  /** Hands the questions to its pools on to whoever iterates, and their answers back. */
  async #takeQuestions(): Promise<void> {
    const { database, wakeups } = this.#options;
    if (this.#held.size === 0) return;
    const open = await database.query<{ id: string; pool: number; fence: string; question: string }>(
      `SELECT id, pool, fence, question FROM {schema}.questions WHERE answer IS NULL AND pool = ANY ($1::integer[])`,
      [[...this.#held.keys()]],
    );
    for (const id of this.#asked) if (!open.some((one) => one.id === id)) this.#asked.delete(id);
    for (const { id, pool, fence, question } of open) {
      const holding = this.#held.get(pool);
      if (holding?.lease.fence !== BigInt(fence) || this.#asked.has(id)) continue;
      this.#asked.add(id);
      const reply = (answer: unknown): void => {
        database
          .query(`UPDATE {schema}.questions SET answer = $2 WHERE id = $1`, [id, encodeAnswer(answer)])
          .then(
            () => wakeups.ring(ANSWERS),
            // Who asks gives up, or asks again.
            () => this.#asked.delete(id),
          );
      };
      const { lease } = holding;
      this.events.push({ type: "asked", lease, question: JSON.parse(question) as never, reply });
    }
  }

  async #leave(): Promise<void> {
    const { database, wakeups } = this.#options;
    for (const holding of [...this.#held.values()]) {
      this.#held.delete(holding.id);
      holding.lose();
    }
    if (this.#me === undefined) return;
    // Where this fails, the lease runs out.
    await goAway(database, this.#me).then(
      () => wakeups.ring(OWNERS),
      () => {},
    );
  }

  #tell({ pools = [], owners = false, questions = false }: News): void {
    for (const id of pools) this.#news.pools.add(id);
    this.#news.owners ||= owners;
    this.#news.questions ||= questions;
    this.#alarm.ring();
  }
}

interface News {
  readonly pools?: Iterable<number>;
  readonly owners?: boolean;
  readonly questions?: boolean;
}

function keyOf({ queue, region, partition }: OwnedRow): PoolKey {
  return partition === null ? { queue, region } : { queue, region, partition };
}

/** Runs all, so many side by side; rejects with the first failure once nothing is under way. */
async function allOf(runs: readonly (() => Promise<void>)[], most: number): Promise<void> {
  const waiting = runs[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (const run of waiting) await run();
  };
  const lanes = await Promise.allSettled(Array.from({ length: most }, lane));
  for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
}
