import {
  bracketOf,
  playersOf,
  ticketsOf,
  type BracketSlot,
  type Match,
  type Matchmaker,
  type Player,
} from "@evenmatch/core";
import type { Matches, ShowMatch } from "./matches.js";
import { viewOf } from "./players.js";
import type {
  BracketView,
  MatchView,
  MeetingView,
  PlayerView,
  ReadyCheckView,
  SlotView,
} from "./protocol.js";
import type { DuelQueues } from "./queues.js";
import { roomsOf, type DuelIo } from "./rooms.js";
import { ticketViewOf, type Check, type SeatBook } from "./seats.js";
import { now } from "./time.js";

interface Surroundings {
  readonly io: DuelIo;
  readonly seats: SeatBook;
  readonly matches: Matches;
  readonly showMatch: ShowMatch;
}

/**
 * Passes on what the matchmaker says: writes it into the book, and tells every tab of every player it concerns. Each
 * process hears of the tickets of its own sockets and tells these alone, so that nobody is told twice.
 */
export function passOnNews(matchmaker: Matchmaker<DuelQueues>, around: Surroundings): void {
  const { io, seats, matches, showMatch } = around;
  const tell = (players: readonly { readonly id: string }[]) => io.local.to(roomsOf(players));

  matchmaker.on("readyCheck", (match) => {
    const check = seats.ask(match);
    const players = playersOf(match).filter(({ id }) => !check.asked.has(id));
    for (const { id } of players) check.asked.add(id);
    if (players.length > 0) tell(players).emit("ready_check", readyCheckViewOf(check, showMatch));
  });

  matchmaker.on("answered", ({ matchId, playerId, accepted }) => {
    const check = seats.checkOf(matchId);
    if (!check) return;
    check.answers.set(playerId, accepted);
    tell(playersOf(check.match)).emit("answered", { matchId, playerId, accepted });
  });

  matchmaker.on("match", (match) => {
    for (const ticket of ticketsOf(match)) seats.end(ticket);
    matches.happened(match);
    tell(playersOf(match)).emit("match_found", showMatch(match));
  });

  matchmaker.on("released", ({ ticket, matchId, reason }) => {
    seats.release(ticket, (seat) =>
      tell(seat.players).emit("released", { ticket: ticketViewOf(seat, ticket.id), matchId, reason }),
    );
  });

  matchmaker.on("ended", ({ ticket, state, reason }) => {
    seats.end(ticket);
    tell(ticket.players).emit("ended", { ticketId: ticket.id, state, reason });
  });

  matchmaker.on("error", ({ data }) => console.error(data.error));
}

/** What clients are shown of a match: its teams, and in a tournament the bracket. */
export function matchViewOf(match: Match): MatchView {
  const { id, queue, region, quality, teams } = match;
  const shown = teams.map((team) =>
    team.map((ticket) => ({ ticketId: ticket.id, players: ticket.players.map(shownPlayer) })),
  );
  const view = { matchId: id, queue, region, quality, teams: shown };
  return queue === "tournament" ? { ...view, bracket: bracketViewOf(match) } : view;
}

function bracketViewOf(match: Match): BracketView {
  const players = new Map(playersOf(match).map((player) => [player.id, shownPlayer(player)]));
  const slotViewOf = (slot: BracketSlot): SlotView =>
    "seed" in slot ? { seed: slot.seed, player: players.get(slot.playerId)! } : slot;
  const rounds = bracketOf(match).rounds.map((meetings) =>
    meetings.map(({ slots: [upper, lower] }): MeetingView => [slotViewOf(upper), slotViewOf(lower)]),
  );
  return { rounds };
}

/** What others are shown of a player: the attributes that travel with them. */
export function shownPlayer(player: Player): PlayerView {
  const { id, rating, attributes } = player;
  return viewOf({ id, name: nameOf(player), rating, ...(attributes?.["bot"] === true && { bot: true }) });
}

/** The name travels with the player, as an attribute. */
export function nameOf({ id, attributes }: Player): string {
  const name = attributes?.["name"];
  return typeof name === "string" ? name : id;
}

export function readyCheckViewOf({ match, answers }: Check, showMatch: ShowMatch): ReadyCheckView {
  const leftMs = Math.max(0, (match.acceptBy ?? 0) - now());
  return { match: showMatch(match), leftMs, answers: Object.fromEntries(answers) };
}
