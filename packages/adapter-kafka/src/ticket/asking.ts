import type { Clock, EvenmatchError, Millis } from "@evenmatch/core";
import { pause, Publisher, unlessAborted } from "@evenmatch/core/adapter";
import type { KafkaLike, RecordRead, RecordToSend } from "../connection/driver.js";
import { asKafkaError, closed, misconfiguredBy, unanswered } from "../connection/failures.js";
import { Solo } from "../connection/solo.js";
import type { Writer } from "../connection/writer.js";
import type { Names } from "./names.js";
import {
  decodeReplies,
  encodeRequests,
  type Asked,
  type Asker,
  type Numbered,
  type Reply,
} from "./requests.js";
import { inWrites } from "./writes.js";

/** Something to ask, and where. */
export interface Question {
  readonly topic: string;
  readonly partition: number;
  /** The pool, by which records of one queue are told apart; none where the whole partition is asked. */
  readonly key: string | null;
  readonly asked: Asked;
  /** The same as it is sent. */
  readonly text: string;
}

/** What those who ask are made with. */
export interface AskingAround {
  readonly kafka: KafkaLike;
  readonly names: Names;
  /** Names this process. */
  readonly id: string;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly timeoutMs: Millis;
  /** A question that was not answered for so many ms is asked again, then after twice as long. */
  readonly askAgainMs: Millis;
  readonly report: (error: EvenmatchError) => void;
}

/** How long somebody waits, and what is done for them meanwhile. */
export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  /** Asked again after so many ms, then after twice as long. */
  readonly againMs?: Millis;
  /** Called after each time that it was asked in vain, with what gives up. */
  readonly inVain?: (give: (error: Error) => void) => void;
  /** What it rejects with when time is up. */
  readonly late?: () => Error;
}

/** How much one record holds: many requests cost little more than one, and brokers take a megabyte. */
const MOST_ITEMS = 200;
const MOST_CHARACTERS = 200_000;
/** As much goes out together, in items and characters. */
const MOST_AT_ONCE = 5_000;
const LARGEST_AT_ONCE = 2_000_000;
/** Before the answers are listened to again, in ms. */
const LISTEN_AGAIN = 100;

/** Questions that go out as one record. */
interface Group {
  readonly first: Question;
  readonly items: Numbered<string>[];
  size: number;
}

/**
 * Asks owners, wherever they run: questions go out as records of the requests' topics, replies come back on the topic of
 * answers, of which each process reads one partition. Whatever is lost on the way is asked again.
 */
export class Asking {
  readonly #around: AskingAround;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  readonly #closing = new AbortController();
  /** What gives up each call that waits. */
  readonly #open = new Set<(error: Error) => void>();
  /** What is asked while something goes out goes out together. */
  readonly #publisher: Publisher<Numbered<Question>>;
  #solo: Promise<Solo> | undefined;
  #asked = 0;

  constructor(around: AskingAround) {
    this.#around = around;
    this.#publisher = new Publisher({
      send: (items) => this.#send(items),
      sizeOf: ([, { text }]) => text.length,
      most: MOST_AT_ONCE,
      largest: LARGEST_AT_ONCE,
    });
  }

  /** Resolves with the replies to all. */
  async ask(questions: readonly Question[], options: AskOptions = {}): Promise<readonly Reply[]> {
    const { signal } = options;
    signal?.throwIfAborted();
    if (this.#closing.signal.aborted) throw closed("store");
    await this.#listening(signal);
    const open = new Map<number, Question>();
    const replies: Reply[] = [];
    const over = new AbortController();
    let attempts = 0;
    let isGoingOut = false;
    let cancel = (): void => {};
    let give: (error: Error) => void = () => {};
    try {
      const replied = new Promise<void>((resolve, reject) => {
        give = reject;
        this.#open.add(give);
        questions.forEach((question, index) => {
          const number = ++this.#asked;
          open.set(number, question);
          this.#waiting.set(number, (reply) => {
            this.#waiting.delete(number);
            open.delete(number);
            if (reply.type === "misplaced") give(misplaced(question));
            replies[index] = reply;
            if (open.size === 0) resolve();
          });
        });
        if (open.size === 0) resolve();
        const { clock, timeoutMs } = this.#around;
        const { againMs = this.#around.askAgainMs, late = () => unanswered(timeoutMs) } = options;
        const until = clock.now() + timeoutMs;
        const send = (): void => {
          if (attempts++ > 0) options.inVain?.(give);
          const now = clock.now();
          if (now >= until) return give(late());
          const wait = attempts === 1 ? againMs : 2 * againMs;
          cancel = clock.at(Math.min(now + wait, until), send);
          // What still waits to go out need not go out twice.
          if (isGoingOut) return;
          isGoingOut = true;
          this.#publisher
            .publish([...open], over.signal)
            .catch((cause: unknown) => {
              const error = asKafkaError(cause);
              if (!error.retryable) give(error);
            })
            .finally(() => (isGoingOut = false));
        };
        send();
      });
      await unlessAborted(replied, signal);
    } finally {
      cancel();
      over.abort();
      this.#open.delete(give);
      for (const number of open.keys()) this.#waiting.delete(number);
    }
    return replies;
  }

  /** Rejects what still waits. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const give of this.#open) give(closed("store"));
    await this.#solo?.then(
      (solo) => solo.close(),
      () => {},
    );
  }

  /** Hears replies from now on, which have to be heard before anything is asked. */
  async #listening(signal: AbortSignal | undefined): Promise<Asker> {
    const { clock, timeoutMs } = this.#around;
    const until = clock.now() + timeoutMs;
    for (;;) {
      try {
        const { partition = 0 } = await unlessAborted((this.#solo ??= this.#listen()), signal);
        return { id: this.#around.id, partition };
      } catch (error) {
        signal?.throwIfAborted();
        const { retryable } = asKafkaError(error);
        if (!retryable || clock.now() + LISTEN_AGAIN > until) throw error;
        await pause(clock, LISTEN_AGAIN, signal);
      }
    }
  }

  #listen(): Promise<Solo> {
    const { kafka, names, id, clock, timeoutMs, report } = this.#around;
    const options = {
      kafka,
      topic: names.answers,
      group: names.asker(id),
      // The end of an id is chance alone.
      partition: (count: number) => Number.parseInt(id.slice(-6), 16) % count,
      clock,
      timeoutMs,
      onRecords: (records: readonly RecordRead[]) => {
        for (const { key, value } of records)
          if (value && key?.toString() === id) this.#hear(value.toString());
      },
      onFailure: report,
    };
    return Solo.open(options, this.#closing.signal).catch((error: unknown) => {
      this.#solo = undefined;
      throw this.#closing.signal.aborted ? closed("store") : error;
    });
  }

  #hear(text: string): void {
    for (const [number, reply] of decodeReplies(text)) this.#waiting.get(number)?.(reply);
  }

  async #send(open: Iterable<Numbered<Question>>): Promise<void> {
    const from = await this.#listening(undefined);
    const topics = new Map<string, RecordToSend[]>();
    const groups = new Map<string, Group>();
    const flush = ({ first, items }: Group): void => {
      const records = topics.get(first.topic) ?? [];
      topics.set(first.topic, records);
      records.push({ key: first.key, partition: first.partition, value: encodeRequests(from, items) });
    };
    for (const [number, question] of open) {
      const name = `${question.topic} ${question.partition} ${question.key}`;
      const group = groups.get(name) ?? { first: question, items: [], size: 0 };
      groups.set(name, group);
      group.items.push([number, question.text]);
      group.size += question.text.length;
      if (group.items.length < MOST_ITEMS && group.size < MOST_CHARACTERS) continue;
      flush(group);
      groups.delete(name);
    }
    for (const group of groups.values()) flush(group);
    const records = Array.from(topics, ([topic, messages]) => ({ topic, messages }));
    for (const write of inWrites(records)) await this.#around.writer.send(write);
  }
}

function misplaced({ topic, partition, key }: Question): EvenmatchError {
  return misconfiguredBy(
    "all processes spread pools over partitions in the same way",
    { topic, partition, pool: key },
    "Give all stores the same `regions`, and never change the number of partitions of a live queue.",
  );
}
