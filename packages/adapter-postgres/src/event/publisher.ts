import { EvenmatchError, type BusEvent } from "@evenmatch/core";
import { encodeEvent, unlessAborted } from "@evenmatch/core/adapter";
import type { Database } from "../connection/database.js";

/** As much as goes out in one statement, in events and in UTF-16 units; what is larger alone goes alone. */
const LARGEST = 1_000;
const LONGEST = 4_000_000;

/**
 * Who publishes waits for the lock before a position is drawn, and holds it until its rows are seen: so positions are in
 * the order of commits, and who reads by position never passes one that is still to come.
 */
export const PUBLISH = `
WITH alone AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('evenmatch events ' || $1, 0))),
added AS (
  INSERT INTO {schema}.events (event)
  SELECT event FROM (
    SELECT event FROM alone, unnest($2::text[]) WITH ORDINALITY given (event, place) ORDER BY place
  ) ordered
  RETURNING position
)
SELECT max(position)::text AS end FROM added`;

interface Call {
  readonly texts: readonly string[];
  readonly signal: AbortSignal | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Publishes in the order of the calls, one statement at a time; what is called for meanwhile goes out together. */
export class Publisher {
  readonly #database: Database;
  readonly #onPublished: (end: number) => void;
  #waiting: Call[] = [];
  #running: Promise<void> | undefined;

  /** @param onPublished is told of the newest position, after the commit */
  constructor(database: Database, onPublished: (end: number) => void) {
    this.#database = database;
    this.#onPublished = onPublished;
  }

  async publish(events: readonly BusEvent[], signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    if (events.length === 0) return;
    const texts = events.map(encodeEvent);
    const sent = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ texts, signal, resolve, reject });
      this.#running ??= this.#run();
    });
    await unlessAborted(sent, signal);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    // The rest of this turn of the event loop may publish more.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      this.#waiting = this.#waiting.filter(({ signal }) => !signal?.aborted);
      const calls = this.#waiting.splice(0, countOf(this.#waiting));
      if (calls.length > 0) await this.#send(calls);
    }
    this.#running = undefined;
  }

  async #send(calls: readonly Call[]): Promise<void> {
    try {
      for (const texts of parts(calls.flatMap((call) => call.texts))) await this.#insert(texts);
      for (const { resolve } of calls) resolve();
    } catch (error) {
      // What is wrong with one of them is not the others' fault.
      const isOfAll = calls.length === 1 || !(error instanceof EvenmatchError) || error.retryable;
      if (isOfAll) for (const { reject } of calls) reject(error);
      else for (const call of calls) await this.#send([call]);
    }
  }

  async #insert(texts: readonly string[]): Promise<void> {
    const [row] = await this.#database.query<{ end: string }>(PUBLISH, [this.#database.schema, texts]);
    this.#onPublished(Number(row?.end));
  }
}

/** How many calls fit into one statement; at least one. */
function countOf(calls: readonly Call[]): number {
  let [count, length] = [0, 0];
  for (const [index, { texts }] of calls.entries()) {
    count += texts.length;
    for (const text of texts) length += text.length;
    if (index > 0 && (count > LARGEST || length > LONGEST)) return index;
  }
  return calls.length;
}

/** What one statement takes each. */
function* parts(texts: readonly string[]): Generator<string[]> {
  let part: string[] = [];
  let length = 0;
  for (const text of texts) {
    if (part.length > 0 && (part.length >= LARGEST || length + text.length > LONGEST)) {
      yield part;
      [part, length] = [[], 0];
    }
    part.push(text);
    length += text.length;
  }
  yield part;
}
