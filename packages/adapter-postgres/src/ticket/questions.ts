import type { Answer, PoolKey, Question } from "@evenmatch/core";
import { nameOf, noOwner, onAbort } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";
import type { Wakeups } from "../connection/wakeups.js";
import { ANSWERS, OWNERS, QUESTIONS } from "./topics.js";

interface Asked {
  readonly pool: PoolKey;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
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

/** The questions of one process to the owners of pools, wherever they run. */
export class Questions {
  readonly #asked = new Map<string, Asked>();
  readonly #database: Database;
  readonly #wakeups: Wakeups;
  #listening: Promise<unknown> | undefined;
  #isLooking = false;
  #looksAgain = false;

  constructor(database: Database, wakeups: Wakeups) {
    this.#database = database;
    this.#wakeups = wakeups;
  }

  async ask(pool: PoolKey, question: Question, signal: AbortSignal | undefined): Promise<Answer> {
    signal?.throwIfAborted();
    const look = (): void => void this.#look();
    this.#listening ??= Promise.all([this.#wakeups.on(ANSWERS, look), this.#wakeups.on(OWNERS, look)]);
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
      throw error;
    }
    const [row] = await this.#database.query<{ id: string; pool: number }>(
      ASK,
      [nameOf(pool), JSON.stringify(question)],
      { signal },
    );
    if (!row) throw noOwner(pool);
    let forget = (): void => {};
    const answer = new Promise<Answer>((resolve, reject) => {
      this.#asked.set(row.id, { pool, resolve, reject });
      forget = onAbort(signal, () => reject(signal?.reason as Error));
    });
    this.#wakeups.ring(QUESTIONS, [String(row.pool)]);
    return answer.finally(() => {
      forget();
      this.#asked.delete(row.id);
      // Who dies before this leaves a row that is cleaned up.
      this.#database.query("DELETE FROM {schema}.questions WHERE id = $1", [row.id]).catch(() => {});
    });
  }

  async #look(): Promise<void> {
    if (this.#asked.size === 0) return;
    this.#looksAgain = true;
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      while (this.#looksAgain && this.#asked.size > 0) {
        this.#looksAgain = false;
        const ids = [...this.#asked.keys()];
        const rows = await this.#database.query<{ id: string; answer: string | null; is_asked: boolean }>(
          LOOK,
          [ids],
        );
        for (const { id, answer, is_asked: isAsked } of rows) {
          const asked = this.#asked.get(id);
          if (answer !== null) asked?.resolve(decodeAnswer(answer));
          else if (!isAsked) asked?.reject(noOwner(asked.pool));
        }
      }
    } catch (error) {
      for (const { reject } of this.#asked.values()) reject(error);
    } finally {
      this.#isLooking = false;
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
