import type { Answer, PoolKey, Question } from "@evenmatch/core";
import { nameOf, noOwner, onAbort, pause } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";
import { closed, isRetryable } from "../connection/failures.js";
import type { Wakeups } from "../connection/wakeups.js";
import { ANSWERS, OWNERS, QUESTIONS } from "./topics.js";

interface Asked {
  readonly pool: PoolKey;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
  /** Of its row, once there is one. */
  id: string | undefined;
}

/** Only a pool whose owner lives is asked: nobody else would answer. */
const ASK = `
  INSERT INTO {schema}.questions (pool, fence, question)
  SELECT p.id, p.fence, $2 FROM {schema}.pools p
  JOIN {schema}.owners o ON o.id = p.owner AND o.alive_until > clock_timestamp()
  WHERE p.name = $1 RETURNING id, pool`;

/** A question whose row has gone, whose pool has changed hands or whose owner is dead, nobody answers any more. */
const LOOK = `
  SELECT a.id, q.answer, q.id IS NOT NULL AND p.fence = q.fence AND o.id IS NOT NULL AS is_asked
  FROM unnest($1::bigint[]) a(id)
  LEFT JOIN {schema}.questions q ON q.id = a.id
  LEFT JOIN {schema}.pools p ON p.id = q.pool
  LEFT JOIN {schema}.owners o ON o.id = p.owner AND o.alive_until > clock_timestamp()`;

/** How long to wait before it is looked again after the database failed, in ms. */
const TRY_AGAIN = 100;

/**
 * The questions of one process to the owners of pools, wherever they run. One that is asked stays open while the
 * database fails, and is looked after again, until whoever asks gives up; after a minute owners take it for forgotten.
 */
export class Questions {
  readonly #open = new Set<Asked>();
  readonly #database: Database;
  readonly #wakeups: Wakeups;
  readonly #closing = new AbortController();
  #listening: Promise<unknown> | undefined;
  #isLooking = false;
  #looksAgain = false;

  constructor(database: Database, wakeups: Wakeups) {
    this.#database = database;
    this.#wakeups = wakeups;
  }

  async ask(pool: PoolKey, question: Question, signal: AbortSignal | undefined): Promise<Answer> {
    signal?.throwIfAborted();
    if (this.#closing.signal.aborted) throw closed("store");
    let forget = (): void => {};
    const answer = new Promise<Answer>((resolve, reject) => {
      const asked: Asked = { pool, resolve, reject, id: undefined };
      this.#open.add(asked);
      const off = onAbort(signal, () => reject(signal?.reason as Error));
      forget = () => {
        off();
        this.#open.delete(asked);
        if (asked.id !== undefined) this.#delete(asked.id);
      };
      this.#send(asked, question).catch(reject);
    });
    return answer.finally(forget);
  }

  /** Rejects what still waits for its answer. */
  close(): void {
    this.#closing.abort();
    for (const { reject } of this.#open) reject(closed("store"));
    this.#open.clear();
  }

  async #send(asked: Asked, question: Question): Promise<void> {
    const look = (): void => void this.#look();
    this.#listening ??= Promise.all([this.#wakeups.on(ANSWERS, look), this.#wakeups.on(OWNERS, look)]);
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
    const [row] = await this.#database.query<{ id: string; pool: number }>(ASK, [
      nameOf(asked.pool),
      JSON.stringify(question),
    ]);
    if (!row) throw noOwner(asked.pool);
    asked.id = row.id;
    if (this.#open.has(asked)) this.#wakeups.ring(QUESTIONS, [String(row.pool)]);
    else this.#delete(row.id);
  }

  /** Who dies before this leaves a row that is cleaned up. */
  #delete(id: string): void {
    this.#database.query("DELETE FROM {schema}.questions WHERE id = $1", [id]).catch(() => {});
  }

  async #look(): Promise<void> {
    this.#looksAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    while (this.#looksAgain && this.#open.size > 0) {
      this.#looksAgain = false;
      try {
        await this.#lookOnce();
      } catch (error) {
        if (isRetryable(error)) {
          this.#looksAgain = true;
          await pause(this.#database.clock, TRY_AGAIN, this.#closing.signal).catch(() => {});
        } else {
          for (const { reject } of this.#open) reject(error);
        }
      }
    }
    this.#isLooking = false;
  }

  async #lookOnce(): Promise<void> {
    const sent = new Map<string, Asked>();
    for (const asked of this.#open) if (asked.id !== undefined) sent.set(asked.id, asked);
    if (sent.size === 0) return;
    const rows = await this.#database.query<{ id: string; answer: string | null; is_asked: boolean }>(LOOK, [
      [...sent.keys()],
    ]);
    for (const { id, answer, is_asked: isAsked } of rows) {
      const asked = sent.get(id);
      if (answer !== null) asked?.resolve(decodeAnswer(answer));
      else if (!isAsked) asked?.reject(noOwner(asked.pool));
    }
  }
}

/** Numbers that JSON does not know, as nothing else can look. */
const INFINITE = "$infinite";

/** An answer as text: JSON, with `Infinity` written so that it comes back. */
export function encodeAnswer(answer: unknown): string {
  return JSON.stringify(answer, (_, value: unknown) =>
    value === Infinity || value === -Infinity ? { [INFINITE]: Math.sign(value) } : value,
  );
}

function decodeAnswer(text: string): Answer {
  return JSON.parse(text, (_, value: unknown) => {
    const sign = (value as Record<string, unknown> | null)?.[INFINITE];
    return typeof sign === "number" ? sign * Infinity : value;
  }) as Answer;
}
