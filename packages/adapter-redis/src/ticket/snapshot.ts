import type { Change, PendingMatch, PoolChange, Ticket, WaitingTicket } from "@evenmatch/core";
import { linesOf, partsOf, type ChangeLine, type Entry } from "./entries.js";
import { pendingMatch, waitingTicket } from "./records.js";

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
    for (const line of linesOf(entry)) if ("lxr".includes(line.text.charAt(0))) this.#ends.push(line);
  }

  /** What was asked for since the pool was taken. */
  replay(entry: Entry): void {
    this.addEnds(entry);
    for (const { text, at } of linesOf(entry)) {
      const [about, more] = partsOf(text);
      switch (text.charAt(0)) {
        case "j": {
          const ticket = JSON.parse(more) as Ticket;
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
        case "a":
          this.pending.get(about)?.answers.set(JSON.parse(more.slice(1)) as string, more.startsWith("1"));
          break;
      }
    }
  }

  /** The tickets that ended, whose bodies are asked for. */
  get endedIds(): string[] {
    return this.#ends.flatMap(({ text }) => endedBy(text));
  }

  /** The ends as changes, by the bodies that are still known; what is forgotten is told to nobody. */
  ends(ticketOf: (id: string) => Ticket | undefined): PoolChange[] {
    return this.#ends.flatMap(({ seq, at, text }) => {
      const tickets = endedBy(text).flatMap((id) => ticketOf(id) ?? []);
      const change = tickets[0] && endOf(text, tickets[0], tickets);
      return change ? [{ seq, at, change }] : [];
    });
  }
}

function endedBy(text: string): string[] {
  const [about, more] = partsOf(text);
  if (!text.startsWith("r")) return [about];
  return (more.split("\t")[1] ?? "").split(" ").filter(Boolean);
}

function endOf(text: string, ticket: Ticket, tickets: readonly Ticket[]): Change {
  if (text.startsWith("l")) return { type: "left", ticket };
  if (text.startsWith("x")) return { type: "expired", ticket };
  const [matchId, more] = partsOf(text);
  const reason = more.split("\t")[0] as "declined";
  return { type: "released", matchId, returned: [], dropped: tickets, reason };
}
