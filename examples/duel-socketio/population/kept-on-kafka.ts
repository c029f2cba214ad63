import type { FinalState } from "@evenmatch/testkit";
import { Kafka, logLevel } from "kafkajs";
import { follow, type Following } from "../src/kafka/follow.js";
import { logTopics } from "../src/kafka/names.js";
import type { KeptInPostgres } from "./kept-in-postgres.js";

type State<Kind extends "tickets" | "matches"> = FinalState[Kind][number]["state"];

interface Ticket {
  readonly id: string;
  readonly players: readonly { readonly id: string }[];
}

/** What the library writes under the key of a ticket or a match; other keys are about the partition. */
type Logged =
  | {
      readonly type: "ticket";
      readonly ticket: Ticket;
      readonly state: State<"tickets">;
      readonly matchId?: string;
    }
  | {
      readonly type: "match";
      readonly match: { readonly id: string; readonly teams: readonly (readonly Ticket[])[] };
      readonly state: State<"matches">;
    }
  | { readonly type: "position" | "owned" };

/** What several processes keep together: tickets by the last word of the logs on each, the rest read with SQL. */
export class KeptOnKafka {
  readonly #logged = new Map<string, Logged>();
  readonly #following: Promise<Following>;
  #problem: Error | undefined;

  constructor(
    brokers: string,
    prefix: string,
    private readonly tables: KeptInPostgres,
  ) {
    const kafka = new Kafka({
      clientId: "population",
      brokers: brokers.split(","),
      logLevel: logLevel.NOTHING,
    });
    this.#following = follow(kafka, {
      topics: logTopics(prefix),
      group: `${prefix}-population`,
      take: (key, value) => this.#take(key, value),
      ended: (error) => (this.#problem = error),
    });
    // Whoever asks is told.
    this.#following.catch(() => {});
  }

  async finalState(): Promise<FinalState> {
    await this.#read();
    const tickets: FinalState["tickets"][number][] = [];
    const matches: FinalState["matches"][number][] = [];
    for (const logged of this.#logged.values()) {
      if (logged.type === "ticket") {
        const { ticket, state, matchId } = logged;
        const players = ticket.players.map(({ id }) => id);
        tickets.push({ ticketId: ticket.id, state, players, matchId });
      } else if (logged.type === "match") {
        const { match, state } = logged;
        const teams = match.teams.map((team) => team.map(({ id }) => id));
        matches.push({ matchId: match.id, state, teams });
      }
    }
    return { tickets, matches };
  }

  async unsaved(): Promise<string[]> {
    await this.#read();
    const played = await this.tables.played();
    const unsaved: string[] = [];
    for (const logged of this.#logged.values()) {
      if (logged.type !== "match" || (logged.state !== "settled" && logged.state !== "delivered")) continue;
      const { id, teams } = logged.match;
      const players = teams
        .flat()
        .flatMap((ticket) => ticket.players.map((player) => `${ticket.id} ${player.id}`));
      if (played.get(id)?.slice().sort().join() !== players.sort().join()) unsaved.push(id);
    }
    return unsaved;
  }

  workers(): Promise<Map<string, string>> {
    return this.tables.workers();
  }

  async close(): Promise<void> {
    const following = await this.#following.catch(() => undefined);
    await Promise.all([following?.close(), this.tables.close()]);
  }

  async #read(): Promise<void> {
    if (this.#problem) throw this.#problem;
    const following = await this.#following;
    await following.caughtUp();
  }

  #take(key: string, value: string | null): void {
    if (value === null) this.#logged.delete(key);
    else this.#logged.set(key, JSON.parse(value) as Logged);
  }
}
