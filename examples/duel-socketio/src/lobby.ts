import type { Matchmaker } from "@evenmatch/core";
import { answerOf, estimateViewOf, explanationViewOf } from "./answers.js";
import type { Board } from "./board.js";
import { readyCheckViewOf, type ShowMatch } from "./news.js";
import { partyViewOf, type PartyBook } from "./parties.js";
import { viewOf, type PlayerRecord } from "./players.js";
import type { Answers, CallName, Payload, PlayerStatus } from "./protocol.js";
import { modes, queueNames, type DuelQueues } from "./queues.js";
import { Refusal } from "./refusal.js";
import { roomsOf, type DuelIo, type DuelSocket } from "./rooms.js";
import { ticketViewOf, type SeatBook } from "./seats.js";

interface Surroundings {
  readonly io: DuelIo;
  readonly matchmaker: Matchmaker<DuelQueues>;
  readonly seats: SeatBook;
  readonly parties: PartyBook;
  readonly board: Board;
  readonly showMatch: ShowMatch;
}

/** Every call, by name: who calls comes from the token, what is asked from a payload that has been checked. */
export type Calls = {
  readonly [Name in CallName]: (
    player: PlayerRecord,
    payload: Payload<Name>,
    socket: DuelSocket,
  ) => Promise<Answers[Name]> | Answers[Name];
};

/** What players may ask. Each call looks its caller up in the server's own book, and ids of others lead nowhere. */
export class Lobby implements Calls {
  #isClosing = false;

  constructor(private readonly around: Surroundings) {}

  /** Takes no joins from now on. */
  close(): void {
    this.#isClosing = true;
  }

  async join(player: PlayerRecord, { queue, region, party }: Payload<"join">): Promise<Answers["join"]> {
    const { io, matchmaker, seats, parties } = this.around;
    if (this.#isClosing) throw new Refusal("CLOSING", "The server is about to restart; try again.", true);
    const players = party === undefined ? [player] : parties.ledBy(player, party).players;
    const { title, partySize } = modes[queue];
    if (players.length > partySize) {
      const text =
        partySize === 1 ? "takes nobody but single players" : `takes parties of up to ${partySize}`;
      throw new Refusal("PARTY_TOO_LARGE", `${title} ${text}.`);
    }
    for (const { id, name } of players) {
      const seat = seats.of(id);
      if (!seat) continue;
      const code = seat.queue === queue ? "ALREADY_WAITING" : "WAITING_ELSEWHERE";
      throw new Refusal(code, `${name} waits for ${modes[seat.queue].title} already; leave that first.`);
    }
    const request = {
      region,
      players: players.map(({ id, name, rating, bot = false }) => ({
        id,
        rating,
        attributes: { name, bot },
      })),
    };
    const seat = seats.open({ queue, region }, players, () => matchmaker.join(queue, request));
    const { id } = await seat.ticket;
    const ticket = ticketViewOf(seat, id);
    // A match may already have been found: then everybody has heard of more than this.
    if (seats.of(player.id) === seat) io.to(roomsOf(players)).emit("joined", ticket);
    return { ticket };
  }

  async leave(player: PlayerRecord): Promise<Answers["leave"]> {
    const { matchmaker, seats } = this.around;
    const seat = seats.of(player.id);
    if (!seat) throw new Refusal("NOT_WAITING", "You wait in no queue.");
    const { id: ticketId } = await seat.ticket;
    const outcome = await matchmaker.leave(ticketId);
    // Once the caller has the answer, the next join must find the seat free.
    if (outcome === "left") await seat.closed;
    return { outcome, ticketId };
  }

  status(player: PlayerRecord): Answers["status"] {
    const { seats, parties, showMatch } = this.around;
    const seat = seats.of(player.id);
    const party = parties.of(player.id);
    const status: PlayerStatus = {
      player: viewOf(player),
      party: party ? partyViewOf(party) : null,
      ticket: seat?.ticketId === undefined ? null : ticketViewOf(seat, seat.ticketId),
      readyCheck: seat?.check ? readyCheckViewOf(seat.check, showMatch) : null,
      lastMatch: player.matches[0] ?? null,
    };
    return { status };
  }

  accept(player: PlayerRecord, { matchId }: Payload<"accept">): Promise<Answers["accept"]> {
    return this.#answer(player, matchId, true);
  }

  decline(player: PlayerRecord, { matchId }: Payload<"decline">): Promise<Answers["decline"]> {
    return this.#answer(player, matchId, false);
  }

  createParty(player: PlayerRecord): Answers["createParty"] {
    const party = partyViewOf(this.around.parties.create(player));
    this.around.io.to(roomsOf([player])).emit("party", party);
    return { party };
  }

  joinParty(player: PlayerRecord, { code }: Payload<"joinParty">): Answers["joinParty"] {
    const { io, parties, seats } = this.around;
    const party = parties.open(code, player);
    if (party.players.some(({ id }) => seats.of(id))) {
      throw new Refusal(
        "ALREADY_WAITING",
        "This party waits for a match already; come in when it is over.",
        true,
      );
    }
    parties.enter(party, player);
    const view = partyViewOf(party);
    io.to(roomsOf(party.players)).emit("party", view);
    return { party: view };
  }

  leaveParty(player: PlayerRecord): Answers["leaveParty"] {
    if (!this.#leaveParty(player)) throw new Refusal("NO_SUCH_PARTY", "You are in no party.");
    return {};
  }

  /** The ticket is the caller's own, by the server's book: no payload can name another. */
  async explain(player: PlayerRecord): Promise<Answers["explain"]> {
    const { matchmaker, seats } = this.around;
    const seat = seats.of(player.id);
    if (!seat) throw new Refusal("NOT_WAITING", "You wait in no queue.");
    const { id } = await seat.ticket;
    const explanation = seat.check ? null : await answerOf(matchmaker.explain(id));
    return { explanation: explanation && explanationViewOf(explanation) };
  }

  async estimate({ rating }: PlayerRecord, { region }: Payload<"estimate">): Promise<Answers["estimate"]> {
    const asking = queueNames.map(async (name) => {
      const estimate = await answerOf(this.around.matchmaker.estimate(name, { region, rating }));
      return [name, estimate && estimateViewOf(estimate)] as const;
    });
    const estimates = Object.fromEntries(await Promise.all(asking));
    return { estimates: estimates as Answers["estimate"]["estimates"] };
  }

  async board(_: PlayerRecord, { region }: Payload<"board">, socket: DuelSocket): Promise<Answers["board"]> {
    return { board: await this.around.board.watch(socket, region) };
  }

  history({ matches }: PlayerRecord): Answers["history"] {
    return { matches };
  }

  /** A player has gone for good: their ticket leaves, and they leave their party. */
  async gone(player: PlayerRecord): Promise<void> {
    this.#leaveParty(player);
    const seat = this.around.seats.of(player.id);
    if (!seat) return;
    // A join that is refused has nothing to leave.
    const ticket = await seat.ticket.catch(() => undefined);
    if (ticket) await this.around.matchmaker.leave(ticket.id);
  }

  async #answer(player: PlayerRecord, matchId: string, accepted: boolean): Promise<Answers["accept"]> {
    const { matchmaker } = this.around;
    const outcome = await (accepted
      ? matchmaker.accept(matchId, player.id)
      : matchmaker.decline(matchId, player.id));
    if (outcome === "unknown") throw new Refusal("NOT_YOUR_MATCH", "No match with this id asks you.");
    return { outcome };
  }

  #leaveParty(player: PlayerRecord): boolean {
    const { io, parties } = this.around;
    const left = parties.leave(player.id);
    if (!left) return false;
    io.to(roomsOf(left.out)).emit("party", null);
    if (left.party.players.length > 0)
      io.to(roomsOf(left.party.players)).emit("party", partyViewOf(left.party));
    return true;
  }
}
