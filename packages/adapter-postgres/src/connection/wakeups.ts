import type { Clock } from "@evenmatch/core";
import { Database } from "./database.js";
import type { ClientLike, PoolLike } from "./driver.js";
import { asStoreError } from "./failures.js";
import { quoted, type Settings } from "./options.js";
import { EvenmatchError } from "@evenmatch/core";

/** NOTIFY takes up to 8,000 bytes. */
const LONGEST_PAYLOAD = 7_900;
/** How long to wait before listening again after the connection broke, in ms. */
const LISTEN_AGAIN = 200;
/** How long the first notification to itself may take, in ms. */
const PROBE = 3_000;

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
  #listening: Promise<void> | undefined;
  #stopListening = async (): Promise<void> => {};
  #cancelPoll = (): void => {};
  #isClosed = false;

  constructor(database: Database, settings: Settings) {
    this.#database = database;
    this.#settings = settings;
    this.#clock = settings.clock;
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
    this.#listening ??= this.#listen(true);
    try {
      await this.#listening;
    } catch (error) {
      this.#listening = undefined;
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
    await this.#stopListening();
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

  /** Listens, the first time with a proof that notifications arrive, and again whenever the connection breaks. */
  async #listen(isFirst: boolean): Promise<void> {
    const { client, end } = await this.#connection();
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      void end(true).catch(() => {});
      if (!this.#isClosed) this.#clock.at(this.#clock.now() + LISTEN_AGAIN, () => this.#listenAgain());
    };
    this.#stopListening = async () => {
      isOver = true;
      await end(false);
    };
    try {
      const proof = isFirst ? this.#proof() : undefined;
      client.on("notification", ({ payload = "" }) => {
        const [topic = "", ...details] = payload.split(",");
        proof?.heard(topic);
        this.#wake(topic, details);
      });
      await client.query({
        text: `LISTEN ${quoted(this.#settings.schema)}`,
        query_timeout: this.#settings.timeoutMs,
      });
      await proof?.done();
    } catch (error) {
      isOver = true;
      await end(true).catch(() => {});
      throw asStoreError(error);
    }
    client.on("error", over);
    client.on("end", over);
    // What was rung while nobody listened.
    this.#wakeAll();
  }

  #listenAgain(): void {
    if (this.#isClosed) return;
    this.#listen(false).catch(() => {
      this.#clock.at(this.#clock.now() + LISTEN_AGAIN, () => this.#listenAgain());
    });
  }

  /** A connection to listen with, and what ends it. */
  async #connection(): Promise<{ client: ClientLike; end: (isBroken: boolean) => Promise<void> }> {
    const { listen } = this.#settings;
    if (listen === undefined) {
      const pool: PoolLike = await this.#database.pool();
      const client = await pool.connect();
      const end = async (): Promise<void> => client.release(true);
      return { client, end };
    }
    const client = await Database.client(listen);
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => {});
      throw asStoreError(error);
    }
    return { client, end: () => client.end() };
  }

  /** Behind a pooler in transaction mode LISTEN succeeds and nothing ever arrives; only a notification tells. */
  #proof(): { heard: (topic: string) => void; done: () => Promise<void> } {
    const token = `probe${this.#clock.stopwatch()}`;
    let arrived = (): void => {};
    const heard = new Promise<void>((resolve) => (arrived = resolve));
    const done = async (): Promise<void> => {
      let cancel = (): void => {};
      const late = new Promise<never>((_, reject) => {
        cancel = this.#clock.at(this.#clock.now() + PROBE, () => reject(deaf()));
      });
      const sent = this.#database.query("SELECT pg_notify($1, $2)", [this.#settings.schema, token]);
      await Promise.race([Promise.all([sent, heard]), late]).finally(cancel);
    };
    return { heard: (topic) => (topic === token ? arrived() : undefined), done };
  }
}

function deaf(): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "a connection that listens gets its notifications, which none does through a pooler in transaction mode",
    received: `no notification within ${PROBE} ms`,
    remedy: "Pass `listen`, the URL of the server itself, or `pollMs` to look for news instead.",
  });
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
