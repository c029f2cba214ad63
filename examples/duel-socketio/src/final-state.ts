import type { Decision, MatchStatus, Query, Request, TicketStatus, TicketStore } from "@evenmatch/core";

/** What the store holds of every ticket and match, for the history checker. */
export interface FinalState {
  readonly tickets: {
    readonly ticketId: string;
    readonly state: TicketStatus["state"];
    readonly players: readonly string[];
    readonly matchId?: string | undefined;
  }[];
  readonly matches: {
    readonly matchId: string;
    readonly state: MatchStatus["state"];
    readonly teams: readonly (readonly string[])[];
  }[];
}

/** A store that remembers which tickets and matches there were, so that all of them can be read in the end. */
export class RecordingStore implements Required<TicketStore> {
  readonly coalesces: boolean;
  readonly #ticketIds = new Set<string>();
  readonly #matchIds = new Set<string>();

  constructor(private readonly store: TicketStore) {
    this.coalesces = store.coalesces ?? false;
  }

  submit: TicketStore["submit"] = (requests, options) => {
    for (const request of requests) this.#noteTicket(request);
    return this.store.submit(requests, options);
  };

  decide: TicketStore["decide"] = (lease, decisions, options) => {
    for (const decision of decisions) this.#noteMatch(decision);
    return this.store.decide(lease, decisions, options);
  };

  own: TicketStore["own"] = (queues, options) => this.store.own(queues, options);
  read: TicketStore["read"] = (queries, options) => this.store.read(queries, options);
  ask: TicketStore["ask"] = (pool, question, options) => this.store.ask(pool, question, options);
  time: TicketStore["time"] = () => this.store.time();

  /** Everything that the store itself says now of what was ever asked for. */
  async finalState(): Promise<FinalState> {
    const ticketQueries = Array.from(this.#ticketIds, (ticketId): Query => ({ type: "ticket", ticketId }));
    const matchQueries = Array.from(this.#matchIds, (matchId): Query => ({ type: "match", matchId }));
    const tickets = await this.store.read(ticketQueries, {});
    const matches = await this.store.read(matchQueries, {});
    return {
      tickets: tickets.flatMap((found) => {
        if (found?.type !== "ticket") return [];
        const { ticket, state, matchId } = found;
        return [{ ticketId: ticket.id, state, players: ticket.players.map(({ id }) => id), matchId }];
      }),
      matches: matches.flatMap((found) => {
        if (found?.type !== "match") return [];
        const teams = found.match.teams.map((team) => team.map(({ id }) => id));
        return [{ matchId: found.match.id, state: found.state, teams }];
      }),
    };
  }

  #noteTicket(request: Request): void {
    if (request.type === "join") this.#ticketIds.add(request.ticket.id);
  }

  #noteMatch(decision: Decision): void {
    if (decision.type === "claim") this.#matchIds.add(decision.match.id);
  }
}
