import { onAbort, unlessAborted } from "./abort.js";
import type { EvenmatchError } from "./errors.js";
import type { Watches } from "./event/watches.js";
import type { Outcomes } from "./life.js";
import type { Ports } from "./ports.js";
import type { Player } from "./ticket/player.js";
import { alreadyWaiting, poolFull, type JoinOptions } from "./ticket/request.js";
import type { Ticket } from "./ticket/ticket.js";

/** What a join needs of the matchmaker. */
interface Around {
  readonly ports: Ports;
  readonly watches: Pick<Watches<Player>, "joining" | "joined" | "drop" | "add" | "lookUp" | "left">;
  readonly maxWaitingOf: (queue: string) => number;
  readonly leave: (ticketId: string) => Promise<Outcomes["leave"]["type"]>;
}

/** From a ticket that was made to one that the store keeps, past those that are in its way and callers who give up. */
export class Joining {
  readonly #ports: Ports;
  readonly #watches: Around["watches"];
  readonly #maxWaitingOf: Around["maxWaitingOf"];
  readonly #leave: Around["leave"];

  constructor({ ports, watches, maxWaitingOf, leave }: Around) {
    this.#ports = ports;
    this.#watches = watches;
    this.#maxWaitingOf = maxWaitingOf;
    this.#leave = leave;
  }

  /**
   * One promise and no more: nearly all tickets are added. Who aborts does not wait for the answer, unless it is for a
   * match: whether the claim was faster is known only then.
   */
  enter<P extends Player>(
    ticket: Ticket<P>,
    options: JoinOptions,
    forMatch = false,
    tries = 0,
  ): Promise<Ticket<P>> {
    const { id, queue } = ticket;
    const { requestId, signal } = options;
    const maxWaiting = this.#maxWaitingOf(queue);
    const request = { type: "join", ticket, requestId, maxWaiting } as const;
    this.#watches.joining(id);
    return new Promise((resolve, reject) => {
      const rejected = (error: Error): void => {
        this.#watches.drop(id);
        reject(error);
      };
      const forget =
        signal &&
        onAbort(signal, () => {
          this.#ports.withdraw(request, { type: "leave", ticketId: id });
          if (!forMatch) rejected(signal.reason as Error);
        });
      this.#ports.join(
        request,
        (outcome) => {
          forget?.();
          if (signal?.aborted && !forMatch) {
            if (outcome.type === "added" || outcome.type === "same") this.giveUp(outcome.ticket.id);
          } else if (outcome.type !== "added")
            resolve(this.#notAdded(ticket, outcome, options, forMatch, tries));
          else {
            this.#watches.joined(id);
            resolve(ticket);
          }
        },
        (cause) => {
          forget?.();
          if (!signal?.aborted) return rejected(cause as Error);
          // Without a cause it was never sent; else nobody knows whether it made the ticket.
          if (cause !== undefined) this.giveUp(id);
          rejected(signal.reason as Error);
        },
      );
    });
  }

  /** Nobody waits for a ticket any more, and nobody would try again to have it leave. */
  giveUp(ticketId: string): void {
    this.#ports
      .submit({ type: "leave", ticketId })
      .then(({ type }) => (type === "left" ? this.#watches.left(ticketId) : undefined))
      .catch((error: unknown) => {
        if ((error as EvenmatchError).retryable) this.giveUp(ticketId);
      });
  }

  async #notAdded<P extends Player>(
    ticket: Ticket<P>,
    outcome: Outcomes["join"],
    options: JoinOptions,
    forMatch: boolean,
    tries: number,
  ): Promise<Ticket<P>> {
    const { onDuplicate = "reject", signal } = options;
    const patience = forMatch ? undefined : signal;
    try {
      if (outcome.type === "full") throw poolFull(ticket, outcome.waiting);
      const earlier = outcome.ticket as Ticket<P>;
      if (outcome.type === "same" || onDuplicate === "return") {
        if (earlier.id !== ticket.id) await unlessAborted(this.#follow(ticket.id, earlier.id), patience);
        return earlier;
      }
      // Each member of a party may be in the way with a ticket of its own.
      const replaces = onDuplicate === "replace" && tries <= ticket.players.length;
      signal?.throwIfAborted();
      if (!replaces) throw alreadyWaiting(earlier);
      await unlessAborted(this.#refuseIfClaimed(ticket), patience);
      signal?.throwIfAborted();
      if ((await unlessAborted(this.#leave(earlier.id), patience)) === "claimed")
        throw alreadyWaiting(earlier);
      signal?.throwIfAborted();
    } catch (error) {
      this.#watches.drop(ticket.id);
      throw error;
    } finally {
      this.#watches.joined(ticket.id);
    }
    return this.enter(ticket, options, forMatch, tries + 1);
  }

  /** Nobody's ticket is to leave where that of another one of the party is claimed already. */
  async #refuseIfClaimed({ players, queue }: Ticket): Promise<void> {
    const live = players.map(({ id }) => this.#ports.read({ type: "player", playerId: id, queue }));
    for (const one of await Promise.all(live)) if (one?.state === "claimed") throw alreadyWaiting(one.ticket);
  }

  /** The ticket turned out to be an earlier one: that is the one to hear of. */
  async #follow(ticketId: string, earlierId: string): Promise<void> {
    this.#watches.drop(ticketId);
    this.#watches.add(earlierId);
    await this.#watches.lookUp([earlierId]);
  }
}
