import { ticketsOf, type Matchmaker } from "@evenmatch/core";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { PracticeQueues } from "./queue.js";

/** What is looked up whenever somebody asks; where Redis is away, the last value is answered. */
export interface LookedUp {
  countWaiting(): Promise<number>;
  countOpenRooms(): Promise<number>;
}

/**
 * What operators see. What becomes of tickets is counted by the server that runs the pool, once each: sum it over
 * servers. The length of the queue and the open rooms are the same at each: take the largest.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #shared = { registers: [this.#registry] };
  readonly #ended = new Counter({
    ...this.#shared,
    name: "practice_tickets_ended_total",
    help: "Tickets that ended, by how: matched, left or expired.",
    labelNames: ["how"] as const,
  });
  readonly #waits = new Histogram({
    ...this.#shared,
    name: "practice_wait_seconds",
    help: "How long those waited who were matched.",
    buckets: [0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 900],
  });
  readonly #failures = new Counter({
    ...this.#shared,
    name: "practice_room_failures_total",
    help: "Tries to make a room that failed.",
  });
  readonly #released = new Counter({
    ...this.#shared,
    name: "practice_tickets_released_total",
    help: "Tickets that went back to their place, because their room could not be made.",
  });
  readonly #rooms = new Counter({
    ...this.#shared,
    name: "practice_rooms_total",
    help: "Rooms in which two have met, by what about.",
    labelNames: ["question_id"] as const,
  });

  constructor(lookedUp: LookedUp) {
    collectDefaultMetrics({ register: this.#registry });
    const shared = this.#shared;
    const looked = (name: string, help: string, look: () => Promise<number>): Gauge =>
      new Gauge({
        ...shared,
        name,
        help,
        async collect() {
          await look().then(
            (value) => this.set(value),
            () => {},
          );
        },
      });
    looked("practice_queue_length", "How many wait.", () => lookedUp.countWaiting());
    looked("practice_open_rooms", "Rooms that are open.", () => lookedUp.countOpenRooms());
    const ended = this.#ended;
    new Gauge({
      ...shared,
      name: "practice_success_share",
      help: "Of the tickets that ended, the share that was matched.",
      async collect() {
        const { values } = await ended.get();
        const of = (how?: string): number =>
          values.reduce((sum, { labels, value }) => sum + (how && labels.how !== how ? 0 : value), 0);
        if (of() > 0) this.set(of("matched") / of());
      },
    });
  }

  /** Counts what this server's pools do. */
  follow(matchmaker: Matchmaker<PracticeQueues>): void {
    matchmaker.on("match.settled", ({ at, data: { match } }) => {
      for (const { joinedAt } of ticketsOf(match)) {
        this.#ended.inc({ how: "matched" });
        this.#waits.observe(Math.max(0, at - joinedAt) / 1000);
      }
    });
    matchmaker.on("ticket.left", () => this.#ended.inc({ how: "left" }));
    matchmaker.on("ticket.expired", () => this.#ended.inc({ how: "expired" }));
    matchmaker.on("ticket.released", () => this.#released.inc());
  }

  roomFailed(): void {
    this.#failures.inc();
  }

  roomMade(questionId: string): void {
    this.#rooms.inc({ question_id: questionId });
  }

  get type(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}
