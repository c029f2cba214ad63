import type { Ticket, TicketState } from "@evenmatch/core";
import type { Kafka } from "kafkajs";
import type { Waiting } from "../seats.js";
import { waitingOf } from "../shared/waiting.js";
import { follow, type Following } from "./follow.js";
import { logTopics } from "./names.js";

/** A record of the library's logs, as far as it matters here. */
type Logged =
  | { readonly type: "ticket"; readonly state: TicketState; readonly ticket: Ticket }
  | { readonly type: "match" | "position" | "owned" };

/**
 * Everybody who waits, at whichever process they joined, as the logs of the library have them: the last word on each
 * ticket. They are read from the moment that somebody asks for the first time.
 */
export class WhoWaits {
  readonly #tickets = new Map<string, Ticket>();
  #following: Promise<Following> | undefined;

  constructor(
    private readonly kafka: Kafka,
    private readonly prefix: string,
  ) {}

  async now(): Promise<readonly Waiting[]> {
    this.#following ??= this.#begin();
    await this.#following;
    const tickets = [...this.#tickets.values()];
    return tickets.sort((one, other) => one.joinedAt - other.joinedAt).map(waitingOf);
  }

  async close(): Promise<void> {
    const following = await this.#following?.catch(() => undefined);
    await following?.close();
  }

  async #begin(): Promise<Following> {
    const again = (): void => (this.#following = undefined);
    const group = `${this.prefix}-board`;
    const topics = logTopics(this.prefix);
    const take = (id: string, value: string | null): void => this.#take(id, value);
    try {
      const following = await follow(this.kafka, { topics, group, take, ended: again });
      await following.caughtUp();
      return following;
    } catch (error) {
      again();
      throw error;
    }
  }

  #take(key: string, value: string | null): void {
    const logged = value === null ? undefined : (JSON.parse(value) as Logged);
    if (logged?.type === "ticket" && logged.state === "waiting") this.#tickets.set(key, logged.ticket);
    else this.#tickets.delete(key);
  }
}
