import { qualityText } from "../page/words.js";
import type { BracketView, MatchView, PlayerView, SlotView } from "../src/protocol.js";

/** A match as a few lines: its sides or the first round of its bracket, and how even it is. */
export function matchLines(match: MatchView, me: string): string[] {
  const { bracket, teams } = match;
  const lines = bracket ? meetingLines(bracket, me) : sideLines(teams, me);
  return [...lines.map((line) => `  ${line}`), qualityText(match, me)];
}

function sideLines(teams: MatchView["teams"], me: string): string[] {
  const sides = teams.map((team) => team.flatMap(({ players }) => players));
  return sides.map((players) => {
    const title = players.some(({ id }) => id === me) ? "Your side" : "Other side";
    return `${title.padEnd(10)}  ${players.map((player) => playerText(player, me)).join(" and ")}`;
  });
}

function meetingLines({ rounds }: BracketView, me: string): string[] {
  return (rounds[0] ?? []).map((slots) => slots.map((slot) => slotText(slot, me)).join("  –  "));
}

function slotText(slot: SlotView, me: string): string {
  if ("player" in slot) return `${String(slot.seed).padStart(2)} ${playerText(slot.player, me)}`;
  return "bye" in slot ? "bye" : "open";
}

function playerText({ id, name, rating, bot }: PlayerView, me: string): string {
  const who = id === me ? ", you" : bot ? ", bot" : "";
  return `${name} (${rating}${who})`;
}
