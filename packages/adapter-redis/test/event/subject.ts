import { listen } from "@evenmatch/services/vitest/adapter";
import { freshPrefix, type FreshPrefix } from "@evenmatch/services";
import { Redis } from "ioredis";
import { vi } from "vitest";
import { redisEventBus, type RedisEventBus, type RedisEventBusOptions } from "../../src/index.js";
import type { RedisLike } from "../../src/connection/driver.js";

/** Waits until a condition holds. */
export function until(condition: () => unknown, timeout = 60_000): Promise<unknown> {
  return vi.waitUntil(condition, { timeout, interval: 5 });
}

/** Tries until it works, as the matchmaker does with what is retryable. */
export async function insist(work: () => Promise<unknown>): Promise<void> {
  await until(() =>
    work().then(
      () => true,
      () => false,
    ),
  );
}

/** A bus of one test: its keys, and clients that each are the one of a process. */
export class EventsSubject implements AsyncDisposable {
  readonly keys: FreshPrefix;
  readonly url: string;
  readonly admin: Redis;
  readonly #isShared: boolean;
  readonly #client: () => RedisLike & { disconnect(): void };
  readonly #opened: { readonly bus: RedisEventBus; readonly client: RedisLike | undefined }[] = [];

  /** @param client how a process reaches the server; by its URL when left out */
  constructor(server: { url: string }, client?: () => RedisLike) {
    this.url = server.url;
    this.keys = freshPrefix(server);
    this.admin = quiet(new Redis(server.url));
    this.#isShared = client === undefined;
    this.#client = client ?? (() => quiet(new Redis(this.url)));
  }

  get prefix(): string {
    return this.keys.prefix;
  }

  /** The key of the log of a stream. */
  log(stream = 0): string {
    return `{${this.prefix}:events:${stream}}:log`;
  }

  bus(options: RedisEventBusOptions = {}): RedisEventBus {
    return this.busOf(this.#client(), options);
  }

  /** A bus on a client that is closed with it. */
  busOf(client: RedisLike, options: RedisEventBusOptions = {}): RedisEventBus {
    const bus = redisEventBus(client, { onError: () => {}, ...options, prefix: this.prefix });
    this.#opened.push({ bus, client });
    return bus;
  }

  /** A bus that reaches the server by another way, on a client of its own. */
  busAt(url: string, options: RedisEventBusOptions = {}): RedisEventBus {
    const bus = redisEventBus(url, { onError: () => {}, ...options, prefix: this.prefix });
    this.#opened.push({ bus, client: undefined });
    return bus;
  }

  readonly listen = listen;

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map(({ bus }) => bus.close()));
    for (const { client } of this.#opened) client?.disconnect();
    this.admin.disconnect();
    // Servers of one's own may be down, and are gone soon.
    if (this.#isShared) await this.keys.drop();
  }
}

/** Nobody has to hear that its connection breaks. */
export function quiet<T extends { on(event: "error", listener: () => void): unknown }>(client: T): T {
  client.on("error", () => {});
  return client;
}
