import {
  bracketOf,
  playersOf,
  type BracketSlot,
  type Match,
  type Matchmaker,
  type Player,
} from "@evenmatch/core";
import { viewOf, type PlayerBook } from "./players.js";
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

/** What every client is shown of a match. Tests alter it to see that the history checker notices. */
export type ShowMatch = (match: Match) => MatchView;

interface Surroundings {
  readonly io: DuelIo;
  readonly seats: SeatBook;
  readonly players: PlayerBook;
  readonly showMatch: ShowMatch;
}

/** Passes on what the matchmaker says: writes it into the book, and tells every tab of every player it concerns. */
export function passOnNews(matchmaker: Matchmaker<DuelQueues>, around: Surroundings): void {
  const { io, seats, players, showMatch } = around;

  matchmaker.on("readyCheck", (match) => {
    const check: Check = { match, answers: new Map() };
    for (const { id } of playersOf(match)) seats.ask(id, check);
    io.to(roomsOf(playersOf(match))).emit("ready_check", readyCheckViewOf(check, showMatch));
  });

  matchmaker.on("answered", ({ matchId, playerId, accepted }) => {
    const check = seats.of(playerId)?.check;
    if (check?.match.id !== matchId) return;
    check.answers.set(playerId, accepted);
    io.to(roomsOf(playersOf(check.match))).emit("answered", { matchId, playerId, accepted });
  });

  matchmaker.on("match", (match) => {
    const view = showMatch(match);
    for (const { id } of playersOf(match)) {
      const seat = seats.of(id);
      if (seat) seats.close(seat);
      players.matched(id, view);
    }
    io.to(roomsOf(playersOf(match))).emit("match_found", view);
  });

  matchmaker.on("released", ({ ticket, matchId, reason }) => {
    const seat = seats.of(ticket.players[0]!.id);
    if (!seat) return;
    for (const { id } of seat.players) seats.ask(id, undefined);
    io.to(roomsOf(seat.players)).emit("released", { ticket: ticketViewOf(seat, ticket.id), matchId, reason });
  });

  matchmaker.on("ended", ({ ticket, state, reason }) => {
    const seat = seats.of(ticket.players[0]!.id);
    if (seat) seats.close(seat);
    io.to(roomsOf(ticket.players)).emit("ended", { ticketId: ticket.id, state, reason });
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

function shownPlayer(player: Player): PlayerView {
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
