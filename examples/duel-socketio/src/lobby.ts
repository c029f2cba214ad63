import type { Matchmaker } from "@evenmatch/core";
import { answerOf, estimateViewOf, explanationViewOf } from "./answers.js";
import type { Board } from "./board.js";
import type { Matches, ShowMatch } from "./matches.js";
import { readyCheckViewOf } from "./news.js";
import type { PartyNews } from "./party-news.js";
import { partyViewOf, type Parties } from "./parties.js";
import { viewOf } from "./players.js";
import type { Presence } from "./presence.js";
import type { Answers, CallName, Payload, PlayerStatus, PlayerView } from "./protocol.js";
import { modes, queueNames, type DuelQueues } from "./queues.js";
import { Refusal } from "./refusal.js";
import { roomsOf, type DuelIo, type DuelSocket } from "./rooms.js";
import { ticketOf, type Seating } from "./seating.js";
import { ticketViewOf, type Seat } from "./seats.js";

interface Surroundings {
  readonly io: DuelIo;
  readonly matchmaker: Matchmaker<DuelQueues>;
  readonly seating: Seating;
  readonly parties: Parties;
  readonly partyNews: PartyNews;
  readonly matches: Matches;
  readonly board: Board;
  readonly showMatch: ShowMatch;
}

/** Every call, by name: who calls comes from the token, what is asked from a payload that has been checked. */
export type Calls = {
  readonly [Name in CallName]: (
    player: PlayerView,
    payload: Payload<Name>,
    socket: DuelSocket,
  ) => Promise<Answers[Name]> | Answers[Name];
};

/** How many matches a call for one's history answers. */
const MOST_MATCHES = 10;

/** What players may ask. Each call looks its caller up in the server's own book, and ids of others lead nowhere. */
export class Lobby implements Calls {
  #isClosing = false;

  constructor(private readonly around: Surroundings) {}

  /** Takes no joins from now on. */
  close(): void {
    this.#isClosing = true;
  }

  async join(player: PlayerView, { queue, region, party }: Payload<"join">): Promise<Answers["join"]> {
    const { io, seating, parties } = this.around;
    if (this.#isClosing) throw new Refusal("CLOSING", "The server is about to restart; try again.", true);
    const players = party === undefined ? [player] : (await parties.ledBy(player, party)).players;
    const { title, partySize } = modes[queue];
    if (players.length > partySize) {
      const text =
        partySize === 1 ? "takes nobody but single players" : `takes parties of up to ${partySize}`;
      throw new Refusal("PARTY_TOO_LARGE", `${title} ${text}.`);
    }
    const seat = await seating.take({ queue, region }, players);
    const { id } = await seat.ticket;
    const ticket = ticketViewOf(seat, id);
    // A match may already have been found: then everybody has heard of more than this.
    if (!seat.isClosed) io.local.to(roomsOf(players)).emit("joined", ticket);
    return { ticket };
  }

  async leave(player: PlayerView): Promise<Answers["leave"]> {
    const { matchmaker, seating } = this.around;
    const seat = await this.#seatOf(player);
    const { id: ticketId } = await seat.ticket;
    const outcome = await matchmaker.leave(ticketId);
    // Once the caller has the answer, the next join must find the seat free.
    if (outcome === "left") await seating.left(seat);
    return { outcome, ticketId };
  }

  async status(player: PlayerView): Promise<Answers["status"]> {
    const { seating, parties, matches, showMatch } = this.around;
    const [party, seat] = await Promise.all([
      (async () => parties.of(player.id))(),
      (async () => seating.of(player.id))(),
    ]);
    // Who hears that there is no ticket does not wait for it.
    const ticketId = seat && (await ticketOf(seat))?.id;
    // Asked last: whoever is told that nothing waits any more is told of the match, too.
    const lastMatch = (await matches.last(player.id)) ?? null;
    // The match may have been found between the one question and the other.
    const isOver = seat?.isClosed || lastMatch?.teams.flat().some((ticket) => ticket.ticketId === ticketId);
    const status: PlayerStatus = {
      player: viewOf(player),
      party: party ? partyViewOf(party) : null,
      ticket: ticketId === undefined || isOver ? null : ticketViewOf(seat!, ticketId),
      readyCheck: seat?.check && !isOver ? readyCheckViewOf(seat.check, showMatch) : null,
      lastMatch,
    };
    return { status };
  }

  accept(player: PlayerView, { matchId }: Payload<"accept">): Promise<Answers["accept"]> {
    return this.#answer(player, matchId, true);
  }

  decline(player: PlayerView, { matchId }: Payload<"decline">): Promise<Answers["decline"]> {
    return this.#answer(player, matchId, false);
  }

  async createParty(player: PlayerView): Promise<Answers["createParty"]> {
    const { parties, partyNews } = this.around;
    const party = await parties.create(player);
    partyNews.changed(party.players);
    return { party: partyViewOf(party) };
  }

  async joinParty(player: PlayerView, { code }: Payload<"joinParty">): Promise<Answers["joinParty"]> {
    const { parties, partyNews, seating } = this.around;
    const { players } = await parties.open(code, player);
    for (const { id } of players) {
      if (!(await seating.of(id))) continue;
      const text = "This party waits for a match already; come in when it is over.";
      throw new Refusal("ALREADY_WAITING", text, true);
    }
    const party = await parties.enter(code, player);
    partyNews.changed(party.players);
    return { party: partyViewOf(party) };
  }

  async leaveParty(player: PlayerView): Promise<Answers["leaveParty"]> {
    if (!(await this.#leaveParty(player.id))) throw new Refusal("NO_SUCH_PARTY", "You are in no party.");
    return {};
  }

  /** The ticket is the caller's own, by the server's book: no payload can name another. */
  async explain(player: PlayerView): Promise<Answers["explain"]> {
    const seat = await this.#seatOf(player);
    const { id } = await seat.ticket;
    const explanation = seat.check ? null : await answerOf(this.around.matchmaker.explain(id));
    return { explanation: explanation && explanationViewOf(explanation) };
  }

  async estimate({ rating }: PlayerView, { region }: Payload<"estimate">): Promise<Answers["estimate"]> {
    const asking = queueNames.map(async (name) => {
      const estimate = await answerOf(this.around.matchmaker.estimate(name, { region, rating }));
      return [name, estimate && estimateViewOf(estimate)] as const;
    });
    const estimates = Object.fromEntries(await Promise.all(asking));
    return { estimates: estimates as Answers["estimate"]["estimates"] };
  }

  async board(_: PlayerView, { region }: Payload<"board">, socket: DuelSocket): Promise<Answers["board"]> {
    return { board: await this.around.board.watch(socket, region) };
  }

  async history(player: PlayerView): Promise<Answers["history"]> {
    const { matches } = await this.around.matches.page(player.id, { limit: MOST_MATCHES });
    return { matches };
  }

  /** A player has gone for good: they leave their party, and their ticket leaves unless it is left to expire. */
  async gone(playerId: string, presence: Presence, expires: boolean): Promise<void> {
    const seat = expires ? undefined : await this.around.seating.of(playerId);
    // A join that is refused has nothing to leave.
    const ticket = await seat?.ticket.catch(() => undefined);
    // Whoever is back by now may have joined again: what was found is left only if they are not.
    if (await presence.isAnywhere(playerId)) return;
    await this.#leaveParty(playerId);
    if (ticket) await this.around.matchmaker.leave(ticket.id);
  }

  async #seatOf({ id }: PlayerView): Promise<Seat> {
    const seat = await this.around.seating.of(id);
    if (!seat) throw new Refusal("NOT_WAITING", "You wait in no queue.");
    return seat;
  }

  async #answer(player: PlayerView, matchId: string, accepted: boolean): Promise<Answers["accept"]> {
    const { matchmaker } = this.around;
    const outcome = await (accepted
      ? matchmaker.accept(matchId, player.id)
      : matchmaker.decline(matchId, player.id));
    if (outcome === "unknown") throw new Refusal("NOT_YOUR_MATCH", "No match with this id asks you.");
    return { outcome };
  }

  async #leaveParty(playerId: string): Promise<boolean> {
    const { parties, partyNews } = this.around;
    const left = await parties.leave(playerId);
    if (left) partyNews.changed([...left.out, ...left.party.players]);
    return left !== undefined;
  }
}
