import { EvenmatchError, type Clock, type Millis } from "@evenmatch/core";
import { Database } from "./database.js";
import type { ClientLike } from "./driver.js";
import { asStoreError } from "./failures.js";
import { quoted, type Settings } from "./options.js";

/** How long to wait before listening again after the connection broke, in ms. */
const LISTEN_AGAIN = 200;
/** How long the first notification to itself may take once it is sent, in ms. */
const PROOF = 3_000;
/** How often the connection is asked whether it is still there, in ms. */
const CHECK = 5_000;
/** How long a connection may take to say goodbye, in ms. */
const GOODBYE = 1_000;

/** What a connection that listens is for. */
export interface Listens {
  /** Called with the payload of every notification. */
  readonly heard: (payload: string) => void;
  /** Called whenever notifications may have been missed. */
  readonly missed: () => void;
}

/** A connection, what breaks when it does, and what closes it: once, whoever asks. */
interface Line {
  readonly client: ClientLike;
  readonly broken: Promise<never>;
  readonly close: () => Promise<void>;
}

/**
 * A connection that listens to the channel of a schema, and is made again whenever it breaks.
 *
 * | state | the connection | ends when |
 * |---|---|---|
 * | starting | is made, and proves that its notifications arrive | they do, or `start` rejects |
 * | listening | is asked every 5 s whether it is there: nobody tells of a dead network | it breaks, or does not answer |
 * | deaf | is made again every 200 ms | it listens |
 * | closed | is closed, within a second also where the network is dead | – |
 */
export class Listening {
  readonly #database: Database;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #listens: Listens;
  #line: Line | undefined;
  #cancel = (): void => {};
  #isClosed = false;

  constructor(database: Database, settings: Settings, listens: Listens) {
    this.#database = database;
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#listens = listens;
  }

  /** Resolves when it listens; rejects with `STORE_MISCONFIGURED` where no notification arrives. */
  async start(): Promise<void> {
    const line = await this.#connect();
    try {
      await Promise.race([this.#listen(line, true), line.broken]);
    } catch (error) {
      await line.close();
      throw asStoreError(error);
    }
    this.#keep(line);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#line?.close();
  }

  /** Gives a connection back to a pool that is being ended, which waits for it. */
  letGoOfPool(): void {
    if (this.#settings.listen === undefined) void this.close();
  }

  async #again(): Promise<void> {
    try {
      const line = await this.#connect();
      try {
        await Promise.race([this.#listen(line, false), line.broken]);
      } catch (error) {
        await line.close();
        throw error;
      }
      this.#keep(line);
    } catch {
      this.#later();
    }
  }

  #later(): void {
    if (this.#isClosed) return;
    this.#cancel();
    this.#cancel = this.#clock.at(this.#clock.now() + LISTEN_AGAIN, () => void this.#again());
  }

  async #listen({ client }: Line, isFirst: boolean): Promise<void> {
    const proof = isFirst ? this.#proof() : undefined;
    client.on("notification", ({ payload = "" }) => {
      if (proof?.heard(payload) !== true) this.#listens.heard(payload);
    });
    await client.query({
      text: `LISTEN ${quoted(this.#settings.schema)}`,
      query_timeout: this.#settings.timeoutMs,
    });
    await proof?.done();
  }

  #keep(line: Line): void {
    if (this.#isClosed) return void line.close();
    this.#line = line;
    line.broken.catch(() => {
      this.#line = undefined;
      void line.close();
      this.#later();
    });
    this.#check(line);
    // What was rung while nobody listened.
    this.#listens.missed();
  }

  /** What does not answer is closed, which breaks it. */
  #check(line: Line): void {
    this.#cancel = this.#clock.at(this.#clock.now() + CHECK, () => {
      line.client.query({ text: "SELECT 1", query_timeout: this.#settings.timeoutMs }).then(
        () => {
          if (this.#line === line && !this.#isClosed) this.#check(line);
        },
        () => void line.close(),
      );
    });
  }

  async #connect(): Promise<Line> {
    const { listen } = this.#settings;
    const [client, end] = await (listen === undefined ? this.#ofPool() : this.#ofUrl(listen));
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      // The driver waits for a goodbye; with an answer outstanding it does not, and a dead line never gives one.
      await client.query({ text: "SELECT 1", query_timeout: GOODBYE }).catch(() => {});
      await end();
    };
    const broken = new Promise<never>((_, reject) => {
      client.on("error", reject);
      client.on("end", () => reject(new Error("the connection that listens has ended")));
    });
    broken.catch(() => {});
    return { client, broken, close: () => (closing ??= close().catch(() => {})) };
  }

  async #ofPool(): Promise<[ClientLike, () => Promise<void>]> {
    const client = await this.#database.connect();
    // Others who are given it would get its notifications.
    return [client, async () => client.release(true)];
  }

  async #ofUrl(url: string): Promise<[ClientLike, () => Promise<void>]> {
    const client = await Database.client(url, this.#settings.timeoutMs);
    client.on("error", () => {});
    try {
      await client.connect();
    } catch (error) {
      await client.end().catch(() => {});
      throw asStoreError(error);
    }
    return [client, () => client.end()];
  }

  /** Behind a pooler in transaction mode LISTEN succeeds and nothing ever arrives; only a notification tells. */
  #proof(): { readonly heard: (payload: string) => boolean; readonly done: () => Promise<void> } {
    const token = `proof${this.#clock.stopwatch()}`;
    let arrived = (): void => {};
    const heard = new Promise<void>((resolve) => (arrived = resolve));
    const done = async (): Promise<void> => {
      await this.#database.query("SELECT pg_notify($1, $2)", [this.#settings.schema, token]);
      // Only now it has to come: a server that takes long to answer is not deaf.
      let cancel = (): void => {};
      const late = new Promise<never>((_, reject) => {
        cancel = this.#clock.at(this.#clock.now() + PROOF, () => reject(deaf(PROOF)));
      });
      await Promise.race([heard, late]).finally(cancel);
    };
    const isProof = (payload: string): boolean => {
      if (payload !== token) return false;
      arrived();
      return true;
    };
    return { heard: isProof, done };
  }
}

function deaf(waited: Millis): EvenmatchError {
  return new EvenmatchError("STORE_MISCONFIGURED", {
    rule: "a connection that listens gets its notifications, which none does through a pooler in transaction mode",
    received: `no notification within ${waited} ms`,
    remedy: "Pass `listen`, the URL of the server itself, or `pollMs` to look for news instead.",
  });
}
