import { systemRandom, type BusHandler, type Millis } from "@evenmatch/core";
import { missedEvents, uuidMaker } from "@evenmatch/core/adapter";
import type { KafkaLike, RecordRead } from "../connection/driver.js";
import { Solo } from "../connection/solo.js";
import { Handling, type Around } from "./handling.js";
import { entryOf } from "./record.js";

const uuid = uuidMaker(systemRandom);

/** The rule that who reads too late breaks. */
export const KEPT = "events are read while the topic keeps them, for its `retention.ms`";

/** One who hears everything from when it began, in a group of its own. */
export class Listener {
  readonly #handling: Handling;
  readonly #around: Around;
  readonly #closing = new AbortController();
  #solo: Solo | undefined;

  private constructor(handler: BusHandler, around: Around) {
    this.#handling = new Handling(handler, undefined, around);
    this.#around = around;
  }

  /** Resolves when it hears what is published. */
  static async open(
    handler: BusHandler,
    { kafka, topic, timeoutMs }: { kafka: KafkaLike; topic: string; timeoutMs: Millis },
    around: Around,
  ): Promise<Listener> {
    const listener = new Listener(handler, around);
    const { clock, reports } = around;
    listener.#solo = await Solo.open({
      kafka,
      topic,
      group: `${topic}-solo-${uuid(clock.now())}`,
      clock,
      timeoutMs,
      onRecords: (records, partition) => listener.#hear(records, partition),
      onGap: () => listener.#missed(),
      onFailure: (error) => reports.failed("reading", error),
    });
    return listener;
  }

  /** Resolves when the running handler has ended. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#solo?.close();
  }

  async #hear(records: readonly RecordRead[], partition: number): Promise<void> {
    this.#around.reports.works("reading");
    const entries = records.map((record) => entryOf(record, partition));
    await this.#handling.handle(entries, this.#closing.signal, () => {});
  }

  async #missed(): Promise<void> {
    const { reports } = this.#around;
    const error = missedEvents("a subscriber that was slower than events were deleted", KEPT);
    reports.tell(error);
    if (!this.#closing.signal.aborted) await this.#handling.tell(reports.asEvent(error));
  }
}
