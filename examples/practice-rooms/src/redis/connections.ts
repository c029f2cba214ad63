import { Redis } from "ioredis";

/** How long a command waits for its answer, and for a connection, in ms. */
const PATIENCE = 2_000;

/** How soon after a failure it is tried again to connect, and how seldom at last, in ms. */
const FIRST_TRY = 50;
const LONGEST_REST = 500;

/** The connections of one server, each for what must not wait for the others. */
export interface Connections {
  /** For rooms, presence and limits: fails fast, so that callers learn that Redis is away. */
  readonly records: Redis;
  /** For the matchmaker. */
  readonly queue: Redis;
  /** For Socket.IO, which waits until Redis is back. */
  readonly messages: { readonly out: Redis; readonly in: Redis };
  close(): void;
}

/** For who does not look at what becomes of a command: when it fails, as at the end, nobody is missing the answer. */
class Unheard extends Redis {
  override sendCommand(...args: Parameters<Redis["sendCommand"]>): unknown {
    const answer = super.sendCommand(...args);
    if (answer instanceof Promise) answer.catch(() => {});
    return answer;
  }
}

/** Connects; rejects when Redis cannot be reached. */
export async function connect(url: string): Promise<Connections> {
  const options = {
    lazyConnect: true,
    connectTimeout: PATIENCE,
    retryStrategy: (times: number) => Math.min(times * FIRST_TRY, LONGEST_REST),
    maxRetriesPerRequest: null,
  };
  const records = new Redis(url, { ...options, commandTimeout: PATIENCE, maxRetriesPerRequest: 1 });
  const queue = new Redis(url, { ...options, maxRetriesPerRequest: 1 });
  const messages = { out: new Unheard(url, options), in: new Unheard(url, options) };
  const all = [records, queue, messages.out, messages.in];
  const close = (): void => all.forEach((one) => one.disconnect());
  // Whoever asks for something hears of what fails; the watch says that Redis is away.
  for (const one of all) one.on("error", () => {});
  try {
    await Promise.all(all.map((one) => one.connect()));
  } catch (error) {
    close();
    throw error;
  }
  return { records, queue, messages, close };
}
