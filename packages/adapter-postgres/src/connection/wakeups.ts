import type { Clock } from "@evenmatch/core";
import type { Database } from "./database.js";
import type { Listens } from "./listening.js";
import type { Settings } from "./options.js";
import { SharedListening } from "./shared-listening.js";

/** NOTIFY takes up to 8,000 bytes. */
const LONGEST_PAYLOAD = 7_900;

type Handler = (details: readonly string[]) => void;

/**
 * Wakes whoever looks for news in the tables, in this process and others: by NOTIFY where a connection listens, and
 * every `pollMs` in any case. No more than a hint: what is new stands in rows, and a wake-up may be lost or repeated.
 *
 * A bell is rung in a statement of its own, after the commit: a transaction that notifies would hold a lock of the
 * whole server while it is written to disk.
 */
export class Wakeups {
  readonly #handlers = new Map<string, Set<Handler>>();
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #listens: Listens;
  #listening: SharedListening | undefined;
  #started: Promise<void> | undefined;
  #ringing = new Map<string, Set<string>>();
  #sending: Promise<void> | undefined;
  #cancelPoll: (() => void) | undefined;
  #isClosed = false;

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.#clock = settings.clock;
    const heard = (payload: string): void => {
      const [topic = "", ...details] = payload.split(",");
      this.#wake(topic, details);
    };
    this.#listens = { heard, missed: () => this.#wakeAll() };
  }

  /**
   * Calls the handler whenever a topic was rung, with the details that came with it, and with none when it should
   * look for itself. Resolves when that is in effect; rejects with `STORE_MISCONFIGURED` where no wake-up arrives.
   */
  async on(topic: string, handler: Handler): Promise<() => void> {
    if (this.#isClosed) return () => {};
    // One of its own, so that the same function may be there twice.
    const wake: Handler = (details) => handler(details);
    const handlers = this.#handlers.get(topic) ?? new Set();
    this.#handlers.set(topic, handlers.add(wake));
    const off = (): void => {
      handlers.delete(wake);
      if (handlers.size === 0 && this.#handlers.get(topic) === handlers) this.#handlers.delete(topic);
      if (this.#handlers.size === 0) this.#stopPolling();
    };
    if (!this.#cancelPoll) this.#schedulePoll();
    try {
      await (this.#started ??= this.#start());
      return off;
    } catch (error) {
      this.#started = undefined;
      off();
      throw error;
    }
  }

  /**
   * Wakes everybody who waits for a topic. What is rung together goes out together. Topics and details are short
   * texts without a comma.
   */
  ring(topic: string, details: Iterable<string> = []): void {
    if (this.#isClosed) return;
    const kept = this.#ringing.get(topic) ?? new Set();
    this.#ringing.set(topic, kept);
    for (const detail of details) kept.add(detail);
    this.#sending ??= this.#send();
  }

  /** Hears nothing more, and resolves when what was rung has gone out. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stopPolling();
    this.#handlers.clear();
    await this.#sending;
    await this.#listening?.leave(this.#listens);
  }

  async #start(): Promise<void> {
    if (!this.#settings.isListening) return;
    const pool = await this.#database.pool();
    if (this.#isClosed) return;
    this.#listening = SharedListening.of(pool, this.#settings);
    await this.#listening.join(this.#listens);
  }

  #wake(topic: string, details: readonly string[]): void {
    for (const handler of this.#handlers.get(topic) ?? []) handler(details);
  }

  #wakeAll(): void {
    for (const topic of this.#handlers.keys()) this.#wake(topic, []);
  }

  async #send(): Promise<void> {
    // The rest of this turn may ring more.
    await Promise.resolve();
    while (this.#ringing.size > 0) {
      const ringing = this.#ringing;
      this.#ringing = new Map();
      const payloads = Array.from(ringing).flatMap(([topic, details]) => payloadsOf(topic, [...details]));
      const text = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload";
      // Lost wake-ups are what polling is for.
      await this.#database.query(text, [this.#settings.schema, payloads]).catch(() => {});
    }
    this.#sending = undefined;
  }

  #schedulePoll(): void {
    const when = this.#clock.now() + this.#settings.pollMs;
    this.#cancelPoll = this.#clock.at(when, () => {
      this.#schedulePoll();
      if (this.#database.isEnding) this.#listening?.letGoOfPool();
      this.#wakeAll();
    });
  }

  #stopPolling(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }
}

/** A topic with its details as texts that NOTIFY takes. */
function payloadsOf(topic: string, details: readonly string[]): string[] {
  const payloads: string[] = [];
  let payload = topic;
  for (const detail of details) {
    if (payload.length + 1 + detail.length > LONGEST_PAYLOAD) {
      payloads.push(payload);
      payload = topic;
    }
    payload += `,${detail}`;
  }
  payloads.push(payload);
  return payloads;
}
