import type { Answer, PoolKey, Question } from "@evenmatch/core";
import { noOwner, onAbort, pause } from "@evenmatch/core/adapter";
import { closed, isRetryable } from "../connection/failures.js";
import type { RedisServer } from "../connection/server.js";
import { ANSWERED, ASK } from "../script/asking.js";
import { isKeepable, placeOf, type Keys } from "./keys.js";

/** Between two looks for an answer, in ms: doubled from the first to the last. */
const FIRST_LOOK = 2;
const LAST_LOOK = 100;
/** How long an answer waits for who asked, in ms of the server's time. */
const ANSWER_KEPT = 60_000;

/** The questions of one process to the owners of pools, wherever they run, and the answers that it gives. */
export class Questions {
  readonly #server: RedisServer;
  readonly #keys: Keys;
  readonly #name: string;
  /** What gives up each that waits: a signal that all shared would remember every one of them. */
  readonly #open = new Set<AbortController>();
  #isClosed = false;
  #asked = 0;

  constructor(server: RedisServer, keys: Keys, name: string) {
    this.#server = server;
    this.#keys = keys;
    this.#name = name;
  }

  async ask(pool: PoolKey, question: Question, signal: AbortSignal | undefined): Promise<Answer> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw closed("store");
    if (!isKeepable(pool)) throw noOwner(pool);
    const open = new AbortController();
    this.#open.add(open);
    const forget = onAbort(signal, () => open.abort(signal?.reason));
    try {
      return await this.#ask(pool, question, open.signal);
    } finally {
      forget();
      this.#open.delete(open);
    }
  }

  async #ask(pool: PoolKey, question: Question, signal: AbortSignal): Promise<Answer> {
    const { queue } = pool;
    const place = placeOf(pool);
    const stand = this.#keys.of("pool", queue, place);
    const id = `${this.#name}.${++this.#asked}`;
    const names = [stand, this.#keys.of("changes", queue, place)];
    const fence = String(await this.#server.run(ASK, names, [id, JSON.stringify(question)], { signal }));
    if (fence === "") throw noOwner(pool);
    const answer = this.#keys.answer(queue, id);
    let waited = 0;
    for (let wait = FIRST_LOOK; waited < ANSWER_KEPT; wait = Math.min(2 * wait, LAST_LOOK)) {
      waited += wait;
      await pause(this.#server.clock, wait, signal);
      const said = await this.#look(answer, stand, fence, signal);
      if (said === "gone") throw noOwner(pool);
      if (said !== "") return decodeAnswer(said);
    }
    // It lives, and could not answer, as where the server takes no more writes: an answer would be forgotten by now.
    throw noOwner(pool);
  }

  /** Gives the answer to a question back to whoever asked it. */
  replyTo(queue: string, id: string): (answer: Answer) => void {
    return (answer) => {
      this.#server
        .call("set", [this.#keys.answer(queue, id), encodeAnswer(answer), "PX", ANSWER_KEPT])
        // Who asks gives up, or asks again.
        .catch(() => {});
    };
  }

  /** Rejects what still waits for its answer. */
  close(): void {
    this.#isClosed = true;
    for (const open of this.#open) open.abort(closed("store"));
  }

  /** Looks again while the server fails, until whoever asks gives up. */
  async #look(answer: string, stand: string, fence: string, signal: AbortSignal): Promise<string> {
    try {
      return String(await this.#server.run(ANSWERED, [answer, stand], [fence], { signal }));
    } catch (error) {
      signal.throwIfAborted();
      if (!isRetryable(error)) throw error;
      return "";
    }
  }
}

/** Numbers that JSON does not know, as nothing else can look. */
const INFINITE = "$infinite";

/** An answer as text: JSON, with `Infinity` written so that it comes back. */
function encodeAnswer(answer: unknown): string {
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
