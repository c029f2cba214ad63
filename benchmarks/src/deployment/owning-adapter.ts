import type { Decision, Lease, Match, Ticket } from "@evenmatch/core";
import type { Opened } from "./engine.js";
import type { Side } from "./side.js";

/**
 * The adapter as a worker uses it, without the matchmaker around it: it owns the pools and hears all their changes.
 */
export class Adapter implements Side {
  readonly #opened: Opened;
  readonly #ports: Opened["ports"];
  readonly #leases = new Map<string, Lease>();
  readonly #offer = new AbortController();
  #heard = 0;
  #onHeard = (): void => {};
  #failure: unknown;

  constructor(opened: Opened) {
    this.#opened = opened;
    this.#ports = opened.ports;
  }

  /** Offers to run the pools of a queue, from now on. */
  own(queue: string): void {
    this.#listen(queue).catch((error: unknown) => {
      this.#failure = error;
      this.#onHeard();
    });
  }

  /** @param named one of so many brings a request id */
  async join(tickets: readonly Ticket[], named = Infinity): Promise<void> {
    const requests = tickets.map((ticket, index) => {
      const requestId = index % named === named - 1 ? ticket.id : undefined;
      return { type: "join", ticket, requestId } as const;
    });
    const outcomes = await this.#ports.tickets.submit(requests, { now: tickets[0]!.joinedAt });
    const other = outcomes.find(({ type }) => type !== "added");
    if (other) throw new Error(`everybody who joins is added, and nobody ${other.type}`);
  }

  async leave(tickets: readonly Ticket[]): Promise<void> {
    const requests = tickets.map(({ id }) => ({ type: "leave", ticketId: id }) as const);
    const outcomes = await this.#ports.tickets.submit(requests, { now: tickets[0]!.joinedAt });
    if (outcomes.some(({ type }) => type !== "left")) throw new Error("everybody who waits may leave");
  }

  /** As the matchmaker sends it where nobody is to be asked: each claim with its settling. */
  async claim(matches: readonly Match[]): Promise<void> {
    const decisions = matches.flatMap((match): Decision[] => [
      { type: "claim", match },
      { type: "settle", matchId: match.id },
    ]);
    await this.#decide(matches, decisions, ["claimed", "settled"]);
  }

  async save(matches: readonly Match[]): Promise<void> {
    await this.#ports.matches?.save(matches, {});
  }

  async deliver(matches: readonly Match[]): Promise<void> {
    const decisions = matches.map(({ id }): Decision => ({ type: "deliver", matchId: id }));
    await this.#decide(matches, decisions, ["delivered"]);
  }

  /** Resolves when the owner has heard so many changes in all. */
  async heard(changes: number): Promise<void> {
    while (this.#heard < changes) {
      if (this.#failure !== undefined) throw this.#failure as Error;
      await new Promise<void>((resolve) => (this.#onHeard = resolve));
    }
  }

  async close(): Promise<void> {
    this.#offer.abort();
    await this.#opened.close();
  }

  async #listen(queue: string): Promise<void> {
    for await (const event of this.#ports.tickets.own([queue], { signal: this.#offer.signal })) {
      if (event.type === "gained") {
        this.#leases.set(event.lease.pool.region, event.lease);
        this.#heard += event.waiting.length;
      } else if (event.type === "changed") this.#heard += event.changes.length;
      else if (event.type === "lost" && !this.#offer.signal.aborted)
        throw new Error("the only owner keeps its pools");
      this.#onHeard();
    }
  }

  async #decide(
    matches: readonly Match[],
    decisions: readonly Decision[],
    usual: readonly string[],
  ): Promise<void> {
    const lease = this.#leases.get(matches[0]!.region);
    if (!lease) throw new Error("the pool is owned before anything is decided");
    const outcomes = await this.#ports.tickets.decide(lease, decisions, { now: matches[0]!.createdAt });
    if (outcomes.some(({ type }) => !usual.includes(type))) throw new Error("everything is decided as usual");
  }
}
