import type { Change, PendingMatch, PoolChange, Ticket, WaitingTicket } from "@evenmatch/core";
import { partsOf, type ChangeLine, type Entry } from "./entries.js";
import { joinedOf, pendingMatch, waitingTicket } from "./records.js";

/**
 * A pool as a new owner puts it together: what it finds while it walks through the pool in small steps, and then what
 * has been asked for meanwhile. Nobody can have decided anything in between, because the fence is the new owner's.
 */
export class Snapshot {
  readonly waiting = new Map<string, WaitingTicket>();
  readonly pending = new Map<string, PendingMatch>();
  /** Changes by which tickets ended and that may not have been told. */
  readonly #ends: ChangeLine[] = [];

  /** False for a record that cannot be read. */
  addTicket(id: string, record: string): boolean {
    const found = waitingTicket(record);
    if (found) this.waiting.set(id, found);
    return found !== undefined;
  }

  /** False for a record that cannot be read. */
  addMatch(id: string, record: string): boolean {
    const found = pendingMatch(record);
    if (found) this.pending.set(id, found);
    return found !== undefined;
  }

  /** What ended before the pool was taken. */
  addEnds(entry: Entry): void {
    for (const line of entry.changes) if ("lxr".includes(line.kind)) this.#ends.push(line);
  }

  /** What was asked for since the pool was taken. */
  replay(entry: Entry): void {
    this.addEnds(entry);
    for (const { kind, about, at } of entry.changes) {
      switch (kind) {
        case "j": {
          const { ticket } = joinedOf(about);
          this.waiting.set(ticket.id, { ticket });
          break;
        }
        case "l":
          this.waiting.delete(about);
          break;
        case "b": {
          const found = this.waiting.get(about);
          if (found) this.waiting.set(about, { ...found, seenAt: at });
          break;
        }
        case "a": {
          const [matchId, more] = partsOf(about);
          this.pending.get(matchId)?.answers.set(JSON.parse(more.slice(1)) as string, more.startsWith("1"));
          break;
        }
      }
    }
  }

  /** The tickets that ended, whose bodies are asked for. */
  get endedIds(): string[] {
    return this.#ends.flatMap(endedBy);
  }

  /** The ends as changes, by the bodies that are still known; what is forgotten is told to nobody. */
  ends(ticketOf: (id: string) => Ticket | undefined): PoolChange[] {
    return this.#ends.flatMap((line) => {
      const { seq, at } = line;
      const tickets = endedBy(line).flatMap((id) => ticketOf(id) ?? []);
      const change = tickets[0] && endOf(line, tickets[0], tickets);
      return change ? [{ seq, at, change }] : [];
    });
  }
}

function endedBy({ kind, about }: ChangeLine): string[] {
  if (kind !== "r") return [about];
  const [, more] = partsOf(about);
  return (more.split("\t")[1] ?? "").split(" ").filter(Boolean);
}

function endOf({ kind, about }: ChangeLine, ticket: Ticket, tickets: readonly Ticket[]): Change {
  if (kind === "l") return { type: "left", ticket };
  if (kind === "x") return { type: "expired", ticket };
  const [matchId, more] = partsOf(about);
  const reason = more.split("\t")[0] as "declined";
  return { type: "released", matchId, returned: [], dropped: tickets, reason };
}
