import { EvenmatchError } from "@evenmatch/core";
import type { Writer } from "../connection/writer.js";
import { inWrites } from "./writes.js";
import { encodeReplies, type Asker, type Numbered, type Reply } from "./requests.js";

/**
 * Sends replies to those who asked, all that came up while the last ones went out at once. What is lost is asked for
 * again, so nothing is repeated here.
 */
export class Replies {
  readonly #writer: Writer;
  readonly #topic: string;
  readonly #report: (error: EvenmatchError) => void;
  #waiting = new Map<string, { readonly to: Asker; readonly items: Numbered<Reply>[] }>();
  #isSending = false;

  constructor(topic: string, writer: Writer, report: (error: EvenmatchError) => void) {
    this.#topic = topic;
    this.#writer = writer;
    this.#report = report;
  }

  add(to: Asker, items: readonly Numbered<Reply>[]): void {
    const waiting = this.#waiting.get(to.id) ?? { to, items: [] };
    this.#waiting.set(to.id, waiting);
    for (const item of items) waiting.items.push(item);
    if (!this.#isSending) void this.#send();
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    // What comes up in the same turn goes out with it.
    await Promise.resolve();
    while (this.#waiting.size > 0) {
      const waiting = this.#waiting;
      this.#waiting = new Map();
      const messages = Array.from(waiting.values()).flatMap(({ to, items }) =>
        Array.from(encodeReplies(items), (value) => ({ key: to.id, value, partition: to.partition })),
      );
      try {
        for (const write of inWrites([{ topic: this.#topic, messages }])) await this.#writer.send(write);
      } catch (error) {
        // Who asked asks again.
        if (error instanceof EvenmatchError && !error.retryable) this.#report(error);
      }
    }
    this.#isSending = false;
  }
}
