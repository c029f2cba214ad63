import { setTimeout as pause } from "node:timers/promises";
import { kafkaClient, type Brokers } from "@evenmatch/services";
import type { Consumer } from "kafkajs";
import { LogView } from "./log-view.js";

/** How long who closes waits for the next fetch, in ms. */
const PATIENCE = 5_000;

/** Follows the logs while a run goes on, so that one knows when all is over. It has no say in the verdict. */
export class Follower {
  readonly view = new LogView();
  readonly #consumer: Consumer;

  private constructor(server: Brokers) {
    this.#consumer = kafkaClient(server).consumer({ groupId: "soak-follower", maxWaitTimeInMs: 500 });
  }

  static async start(server: Brokers, topics: readonly string[]): Promise<Follower> {
    const follower = new Follower(server);
    await follower.#consumer.connect();
    await follower.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    const seen = new Map<string, bigint>();
    await follower.#consumer.run({
      autoCommit: false,
      eachMessage: ({ topic, partition, message }) => {
        const place = `${topic} ${partition}`;
        const offset = BigInt(message.offset);
        // After a rebalance it begins again.
        if (offset <= (seen.get(place) ?? -1n)) return Promise.resolve();
        seen.set(place, offset);
        follower.view.add({ key: textOf(message.key), value: textOf(message.value) });
        return Promise.resolve();
      },
    });
    return follower;
  }

  async close(): Promise<void> {
    // A consumer of kafkajs that is stopped while it exchanges brokers blocks its process: see docs/kafkajs.md.
    const fetching = new Promise<Promise<void>>((resolve) => {
      this.#consumer.on("consumer.fetch_start", () =>
        queueMicrotask(() => resolve(this.#consumer.disconnect())),
      );
    });
    await Promise.race([fetching, pause(PATIENCE, undefined, { ref: false })]);
  }
}

function textOf(bytes: Buffer | null): string | null {
  return bytes === null ? null : bytes.toString();
}
