import {
  type EvenmatchError,
  playersOf,
  ticketsOf,
  type Match,
  type Matchmaker,
  type Ticket,
} from "@evenmatch/core";
import { QUEUE, wishesOf, type PracticeQueues, type Practiser } from "./queue.js";
import type { Presence } from "./presence.js";
import { roomOf, type Place, type PracticeIo, type PracticeSocket } from "./protocol.js";
import { partnerIn, type Rooms } from "./rooms.js";
import { every, now } from "./time.js";

interface Surroundings {
  readonly io: PracticeIo;
  readonly matchmaker: Matchmaker<PracticeQueues>;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly heartbeatMs: number;
}

/** So often within the time after which a ticket ends of which nobody says that its owner is there. */
const BEATS = 4;

/** How long it may take to learn how a ticket has ended, in ms. */
const PATIENCE = 2_000;

/** How many tickets are remembered that have ended. */
const REMEMBERED = 10_000;

/**
 * The tickets of those who are connected here: says that they are there, hears what becomes of them, and tells it to
 * the connections of this server. Every server does that for its own, so that nobody is told twice.
 */
export class Following {
  readonly #tickets = new Map<string, Ticket>();
  /** Tickets that have ended lately: the news of a match may come before the answer to its join. */
  readonly #over = new Set<string>();
  readonly #stop: () => void;

  constructor(private readonly around: Surroundings) {
    const { matchmaker, heartbeatMs } = around;
    matchmaker.on("match", (match) => this.#found(match));
    matchmaker.on("ended", ({ ticket, state }) => this.#ended(ticket, state));
    this.#stop = every(heartbeatMs / BEATS, () => this.#beat());
  }

  /** Somebody has joined here. Their connections to other servers hear of it, too. */
  joined(personId: string, ticket?: Ticket): void {
    const { io, presence } = this.around;
    if (ticket) this.#note(personId, ticket);
    else if (presence.countOf(personId) > 0) this.follow(personId).catch(() => {});
    io.serverSideEmit("joined", personId);
  }

  /**
   * Finds out what there is to know of somebody who is connected here, and tells them: all their connections what is
   * new to this server, and one that has just come what is not.
   */
  async follow(personId: string, arrived?: PracticeSocket): Promise<void> {
    const { io, matchmaker, rooms } = this.around;
    const live = await matchmaker.ticketOf(personId, { queue: QUEUE });
    if (live) {
      const ticket = live.ticket;
      // What becomes of it is told as of the tickets that joined here.
      if (this.#note(personId, ticket)) matchmaker.watch(ticket.id).catch(() => {});
      else if (this.#tickets.has(personId)) arrived?.emit("queue_joined", placeOf(ticket));
      return;
    }
    // Asked after the ticket: as long as that lives, the match may still fall through.
    const room = await rooms.untold(personId);
    if (!room) return;
    const news = { match_id: room.match_id, partner_id: partnerIn(room, personId) };
    io.local.to(roomOf(personId)).emit("match_found", news);
    await rooms.told(personId, room.match_id);
  }

  /**
   * Redis is back. What it has forgotten is joined again, who came first first, so that all who are still connected
   * wait in the order in which they did.
   */
  async regain(): Promise<void> {
    const { matchmaker, presence } = this.around;
    for (const [personId, ticket] of [...this.#tickets].sort(
      ([, one], [, other]) => one.joinedAt - other.joinedAt,
    )) {
      const live = await matchmaker.ticketOf(personId, { queue: QUEUE });
      if (live) continue;
      const end = await matchmaker.watch(ticket.id, { signal: AbortSignal.timeout(PATIENCE) }).then(
        () => "matched",
        (error: unknown) => (error as EvenmatchError).code,
      );
      if (end === "TICKET_UNKNOWN") await this.#again(personId, ticket);
    }
    for (const personId of presence.people()) if (!this.#tickets.has(personId)) await this.follow(personId);
  }

  close(): void {
    this.#stop();
  }

  /** Says who waits, to all their connections here; false when it was known. */
  #note(personId: string, ticket: Ticket): boolean {
    const { io, presence } = this.around;
    if (presence.countOf(personId) === 0 || this.#over.has(ticket.id)) return false;
    if (this.#tickets.get(personId)?.id === ticket.id) return false;
    this.#tickets.set(personId, ticket);
    io.local.to(roomOf(personId)).emit("queue_joined", placeOf(ticket));
    return true;
  }

  #found(match: Match): void {
    const { io, presence, rooms } = this.around;
    for (const ticket of ticketsOf(match)) this.#isOver(ticket);
    const [one, other] = playersOf(match).map(({ id }) => id) as [string, string];
    for (const [personId, partnerId] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#tickets.delete(personId);
      if (presence.countOf(personId) === 0) continue;
      io.local.to(roomOf(personId)).emit("match_found", { match_id: match.id, partner_id: partnerId });
      rooms.told(personId, match.id).catch(() => {});
    }
  }

  #ended(ticket: Ticket, state: "left" | "expired"): void {
    const { io, presence } = this.around;
    this.#isOver(ticket);
    for (const { id } of ticket.players) {
      if (this.#tickets.get(id)?.id === ticket.id) this.#tickets.delete(id);
      if (presence.countOf(id) === 0) continue;
      // Who is here has not gone away: nobody could say so, as long as Redis was away.
      if (state === "expired") void this.#again(id, ticket);
      else io.local.to(roomOf(id)).emit("queue_left", { reason: state });
    }
  }

  #isOver({ id }: Ticket): void {
    this.#over.add(id);
    const [oldest] = this.#over;
    if (this.#over.size > REMEMBERED) this.#over.delete(oldest!);
  }

  async #again(personId: string, { players }: Ticket): Promise<void> {
    const { io, matchmaker } = this.around;
    try {
      const ticket = await matchmaker.join(
        QUEUE,
        { players: players as Practiser[] },
        { onDuplicate: "return" },
      );
      this.#tickets.delete(personId);
      this.joined(personId, ticket);
    } catch (error) {
      console.error(error);
      this.#tickets.delete(personId);
      io.local.to(roomOf(personId)).emit("queue_left", { reason: "expired" });
    }
  }

  async #beat(): Promise<void> {
    const { matchmaker, presence } = this.around;
    const here = [...this.#tickets].filter(([personId]) => presence.countOf(personId) > 0);
    const outcomes = await matchmaker.heartbeat(here.map(([, { id }]) => id));
    // What has ended is told by an event; who has gone elsewhere is another server's.
    outcomes.forEach((outcome, place) => {
      const [personId, ticket] = here[place]!;
      if (outcome === "ended" && this.#tickets.get(personId) === ticket) this.#tickets.delete(personId);
    });
    for (const personId of this.#tickets.keys())
      if (presence.countOf(personId) === 0) this.#tickets.delete(personId);
  }
}

export function placeOf({ joinedAt, players }: Ticket): Place {
  return {
    status: "waiting",
    waited_ms: Math.max(0, now() - joinedAt),
    preferences: wishesOf(players[0]!),
  };
}
