import type { FinalState } from "@evenmatch/testkit";
import type { Dump } from "../cluster/ground.js";
import { shortened } from "../cluster/judge.js";

type Ticket = FinalState["tickets"][number];
type Match = FinalState["matches"][number];

/** A record of a log, whoever has read it. */
export interface LogRecord {
  readonly key: string | null;
  readonly value: string | null;
}

/** The value of a record: a ticket or a match as it stands. */
type Value =
  | {
      readonly type: "ticket";
      readonly state: Ticket["state"];
      readonly matchId?: string;
      readonly ticket: { readonly players: readonly { readonly id: string }[] };
    }
  | {
      readonly type: "match";
      readonly state: Match["state"];
      readonly match: {
        readonly id: string;
        readonly teams: readonly (readonly { readonly id: string }[])[];
      };
    }
  | { readonly type: "position" | "owned" };

/** How far a match has come. One transaction may hold several steps, of which the log has the last. */
const PROGRESS: Readonly<Record<Match["state"], number>> = {
  claimed: 0,
  settled: 1,
  delivered: 2,
  released: 2,
};

/**
 * What the logs say, as anybody reads it who knows nothing of the library: the last record of a key is what holds, and
 * the records before it say how that came.
 */
export class LogView {
  readonly #tickets = new Map<string, Ticket>();
  readonly #matches = new Map<string, Match>();
  readonly #flaws: string[] = [];
  #live = 0;

  /** Records of one partition have to come in their order; those of others may come in between. */
  add({ key, value }: LogRecord): void {
    // A refusal is forgotten when there are too many of them.
    if (key?.startsWith("refused:")) return;
    if (key === null || value === null) {
      this.#flaws.push(`${key ?? "something without a key"} was forgotten, though all is to be kept`);
      return;
    }
    const entry = JSON.parse(value) as Value;
    if (entry.type === "ticket") {
      const { state, matchId, ticket } = entry;
      const players = ticket.players.map(({ id }) => id);
      const hasMatch = matchId !== undefined && (state === "matched" || state === "claimed");
      this.#ticketIs({ ticketId: key, state, players, ...(hasMatch && { matchId }) });
    } else if (entry.type === "match") {
      const { state, match } = entry;
      const teams = match.teams.map((team) => team.map(({ id }) => id));
      this.#matchIs({ matchId: match.id, state, teams });
    }
  }

  /** True when nobody waits and no match is under way. */
  get isSettled(): boolean {
    return this.#live === 0;
  }

  /** How many tickets and matches it knows of. */
  get size(): number {
    return this.#tickets.size + this.#matches.size;
  }

  dump(): Dump {
    return {
      final: { tickets: [...this.#tickets.values()], matches: [...this.#matches.values()] },
      flaws: shortened(this.#flaws),
    };
  }

  #ticketIs(ticket: Ticket): void {
    const before = this.#tickets.get(ticket.ticketId);
    const isOther = before?.state !== ticket.state || before.matchId !== ticket.matchId;
    if (before && isOver(before.state) && isOther)
      this.#flaws.push(`${ticket.ticketId} was ${before.state}, and is ${ticket.state} after that`);
    this.#live += Number(!isOver(ticket.state)) - Number(before !== undefined && !isOver(before.state));
    this.#tickets.set(ticket.ticketId, ticket);
  }

  #matchIs(match: Match): void {
    const before = this.#matches.get(match.matchId);
    if (before && !follows(before.state, match.state))
      this.#flaws.push(`${match.matchId} was ${before.state}, and is ${match.state} after that`);
    this.#live += Number(isOpen(match.state)) - Number(before !== undefined && isOpen(before.state));
    this.#matches.set(match.matchId, match);
  }
}

function isOver(state: Ticket["state"]): boolean {
  return state !== "waiting" && state !== "claimed";
}

function isOpen(state: Match["state"]): boolean {
  return state === "claimed" || state === "settled";
}

/** A match that waits for players is written again with each answer; but for that it is nothing twice. */
function follows(before: Match["state"], after: Match["state"]): boolean {
  return (before === "claimed" && after === "claimed") || PROGRESS[after] > PROGRESS[before];
}
