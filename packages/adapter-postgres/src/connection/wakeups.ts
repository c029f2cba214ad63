import type { Clock } from "@evenmatch/core";
import type { Database } from "./database.js";
import { Listening } from "./listening.js";
import type { Settings } from "./options.js";

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
  #ringing = new Map<string, Set<string>>();
  #isSending = false;
  readonly #listening: Listening;
  #started: Promise<void> | undefined;
  #cancelPoll = (): void => {};
  #isClosed = false;

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#listening = new Listening(database, settings, {
      heard: (payload) => {
        const [topic = "", ...details] = payload.split(",");
        this.#wake(topic, details);
      },
      missed: () => this.#wakeAll(),
    });
  }

  /**
   * Calls the handler whenever a topic was rung, with the details that came with it, and with none when it should
   * look for itself. Resolves when that is in effect; rejects with `STORE_MISCONFIGURED` where no wake-up arrives.
   */
  async on(topic: string, handler: Handler): Promise<() => void> {
    let handlers = this.#handlers.get(topic);
    if (!handlers) this.#handlers.set(topic, (handlers = new Set()));
    handlers.add(handler);
    const off = (): void => {
      handlers.delete(handler);
    };
    this.#schedulePoll();
    if (!this.#settings.isListening) return off;
    this.#started ??= this.#listening.start();
    try {
      await this.#started;
    } catch (error) {
      this.#started = undefined;
      off();
      throw error;
    }
    return off;
  }

  /** Wakes everybody who waits for a topic. What is rung together goes out together. */
  ring(topic: string, details: Iterable<string> = []): void {
    let kept = this.#ringing.get(topic);
    if (!kept) this.#ringing.set(topic, (kept = new Set()));
    for (const detail of details) kept.add(detail);
    if (!this.#isSending) void this.#send();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelPoll();
    this.#handlers.clear();
    await this.#listening.close();
  }

  #wake(topic: string, details: readonly string[]): void {
    for (const handler of this.#handlers.get(topic) ?? []) handler(details);
  }

  #wakeAll(): void {
    for (const topic of this.#handlers.keys()) this.#wake(topic, []);
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    // The rest of this turn may ring more.
    await Promise.resolve();
    while (this.#ringing.size > 0 && !this.#isClosed) {
      const ringing = this.#ringing;
      this.#ringing = new Map();
      const payloads = Array.from(ringing).flatMap(([topic, details]) => payloadsOf(topic, [...details]));
      const text = "SELECT pg_notify($1, payload) FROM unnest($2::text[]) payload";
      // Lost wake-ups are what polling is for.
      await this.#database.query(text, [this.#settings.schema, payloads]).catch(() => {});
    }
    this.#isSending = false;
  }

  #schedulePoll(): void {
    this.#cancelPoll();
    if (this.#isClosed) return;
    const when = this.#clock.now() + this.#settings.pollMs;
    this.#cancelPoll = this.#clock.at(when, () => {
      this.#wakeAll();
      this.#schedulePoll();
    });
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
