import type { Reports } from "@evenmatch/core/adapter";
import type { EvenmatchError } from "@evenmatch/core";
import type { Headers } from "../connection/driver.js";
import type { Writer } from "../connection/writer.js";
import type { Entry } from "./record.js";

/** Why a record stands among the dead letters: `unreadable`, or `refused` by a handler. */
export type DeathReason = "unreadable" | "refused";

/** Where records go that a group could not read or handle, as they were, with headers that say what happened. */
export class DeadLetters {
  readonly #writer: Writer;
  readonly #reports: Reports;
  readonly #from: string;
  readonly #topic: string;

  constructor(writer: Writer, reports: Reports, topics: { readonly from: string; readonly to: string }) {
    this.#writer = writer;
    this.#reports = reports;
    this.#from = topics.from;
    this.#topic = topics.to;
  }

  get topic(): string {
    return this.#topic;
  }

  /**
   * Writes a record. What cannot be written for good, because there is no such topic, say, is reported and left where it
   * is: the partition goes on. Rejects with a retryable error when it may work later.
   */
  async add({ partition, record }: Entry, group: string, reason: DeathReason, error: string): Promise<void> {
    const headers = {
      ...withValues(record.headers),
      "evenmatch-reason": reason,
      "evenmatch-error": error.slice(0, 1_000),
      "evenmatch-group": group,
      "evenmatch-topic": this.#from,
      "evenmatch-partition": `${partition}`,
      "evenmatch-offset": record.offset,
    };
    const message = { key: record.key, value: record.value, headers };
    try {
      await this.#writer.send([{ topic: this.#topic, messages: [message] }]);
    } catch (failure) {
      if ((failure as EvenmatchError).retryable) throw failure;
      this.#reports.tell(failure as EvenmatchError);
    }
  }
}

/** The same, empty where there is no value: kafkajs reads such headers as `null`, and cannot write them. */
function withValues(headers: Headers | undefined): Headers {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map((one: (typeof value)[number] | null) => one ?? "") : (value ?? ""),
    ]),
  );
}
