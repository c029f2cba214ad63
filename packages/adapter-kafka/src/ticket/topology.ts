import type { Clock, Millis } from "@evenmatch/core";
import { withAdmin } from "../connection/admin.js";
import type { KafkaLike } from "../connection/driver.js";
import { misconfiguredBy, typeOf } from "../connection/failures.js";
import type { Names } from "./names.js";
import { Places, type Place, type Spreading } from "./places.js";
import type { Asked } from "./requests.js";
import { poolOfAsked } from "./routes.js";

/** What queues may be called, which topics may be, too. */
const NAME = /^[A-Za-z0-9_-]{1,64}$/;

/** Where pools lie: how many partitions each queue has, asked once. */
export class Topology {
  /** By the number of partitions. */
  readonly #places = new Map<number, Places>();
  readonly #counts = new Map<string, Promise<number | undefined>>();

  constructor(
    private readonly around: {
      readonly kafka: KafkaLike;
      readonly names: Names;
      readonly spreading: Spreading;
      readonly clock: Clock;
      readonly timeoutMs: Millis;
    },
  ) {}

  /** How many partitions a queue has; `undefined` for one that has no topic. */
  async partitions(queue: string): Promise<number | undefined> {
    if (!NAME.test(queue)) return undefined;
    let count = this.#counts.get(queue);
    if (!count) {
      this.#counts.set(queue, (count = this.#count(queue)));
      const forget = (known?: number): unknown => known === undefined && this.#counts.delete(queue);
      count.then(forget, () => forget());
    }
    return count;
  }

  /** Where something is asked that names a pool; `undefined` where its queue has no topic, or no such partition. */
  async placeOf(asked: Asked): Promise<(Place & { readonly topic: string }) | undefined> {
    const queue = poolOfAsked(asked)?.queue;
    const count = queue === undefined ? undefined : await this.partitions(queue);
    if (queue === undefined || count === undefined) return undefined;
    let places = this.#places.get(count);
    if (!places) this.#places.set(count, (places = new Places(this.around.spreading, count)));
    const place = places.of(asked);
    return place && { ...place, topic: this.around.names.requests(queue) };
  }

  async #count(queue: string): Promise<number | undefined> {
    const { kafka, names, clock, timeoutMs } = this.around;
    const topic = names.requests(queue);
    try {
      const { topics } = await withAdmin(kafka, { clock, timeoutMs }, (admin) =>
        admin.fetchTopicMetadata({ topics: [topic] }),
      );
      return topics[0]?.partitions.length;
    } catch (error) {
      if (typeOf(error) === "UNKNOWN_TOPIC_OR_PARTITION") return undefined;
      throw error;
    }
  }
}

/** The error of who joins a queue that is not there. */
export function noTopic(topic: string): Error {
  return misconfiguredBy("a queue has its topics", topic, "Make them: `ensureTopics` does.");
}
