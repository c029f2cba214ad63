import { invalid, isObject } from "../options.js";
import type { Team } from "../match/match.js";
import type { Player } from "../ticket/player.js";

/** A bracket is drawn for a page and kept in one match: beyond this it would be neither. */
const LARGEST = 65_536;

/** How many slots a bracket can have, in words. */
export const SIZES = "a power of two from 2 to 65,536";

/** Whether a bracket can have so many slots. */
export function isBracketSize(size: unknown): size is number {
  return typeof size === "number" && size >= 2 && size <= LARGEST && Number.isInteger(Math.log2(size));
}

/** The slots of a bracket for so many players: the smallest size that holds them. */
export function slotsOf(players: number): number {
  let slots = 2;
  while (slots < players) slots *= 2;
  return slots;
}

/** A place in a bracket: a player by seed, nobody, or the winner of an earlier meeting. */
export type BracketSlot =
  | { readonly seed: number; readonly ticketId: string; readonly playerId: string }
  | { readonly bye: true }
  | { readonly winnerOf: MeetingPlace };

/** A meeting of a bracket, counted from 0: `bracket.rounds[round][meeting]`. */
export interface MeetingPlace {
  readonly round: number;
  readonly meeting: number;
}

/** Two slots that meet; the upper one of the drawing first. */
export interface Meeting {
  readonly slots: readonly [BracketSlot, BracketSlot];
  /** The seed of who won: there at once where the other slot is a bye. */
  readonly winner?: number;
}

/** A bracket as data that a page can draw and JSON can carry. */
export interface Bracket {
  /** Slots of the first round: a power of two. */
  readonly size: number;
  /** From the first round to the final; each round from the top of the drawing to its bottom. */
  readonly rounds: readonly (readonly Meeting[])[];
}

/**
 * The seeds of a bracket's first round from top to bottom, the two that meet side by side. The seeds of each meeting
 * sum up to `size + 1`, and as long as the better seed wins that stays so in every round, with the number of those
 * left as the size: so the best 2ᵏ seeds cannot meet before only 2ᵏ are left.
 *
 * Each slot of a bracket of half the size becomes the meeting of its seed with the complement; the lower of two
 * neighbours is turned over, so that seed 2 ends at the bottom.
 *
 * Throws `INVALID_REQUEST` for a size that is no power of two from 2 to 65,536.
 *
 * @example
 * ```ts
 * import { bracketOrder } from "@evenmatch/core";
 *
 * console.log(bracketOrder(8).join(" ")); // prints: 1 8 4 5 3 6 2 7
 * ```
 */
export function bracketOrder(size: number): number[] {
  if (!isBracketSize(size)) {
    throw invalid(
      "INVALID_REQUEST",
      `the size of a bracket is ${SIZES}`,
      size,
      "Pass 2, 4, 8, 16 and so on.",
    );
  }
  let order = [1];
  for (let slots = 2; slots <= size; slots *= 2) {
    order = order.flatMap((seed, place) => {
      const met = slots + 1 - seed;
      return place % 2 === 0 || slots === size ? [seed, met] : [met, seed];
    });
  }
  return order;
}

/**
 * The bracket of a match whose teams stand in the order of seeds, as {@link SeededBracket} makes it: the smallest
 * power of two that holds them, the best seeds having the byes. Pure, and the same in every process.
 *
 * Throws `INVALID_REQUEST` when there are fewer than two teams, or a team is not one player.
 *
 * Cost: O(size).
 *
 * @example
 * ```ts
 * import { bracketOf, MemoryPool, SeededBracket } from "@evenmatch/core";
 * import { ticket } from "@evenmatch/testkit";
 *
 * const four = new MemoryPool([1500, 1900, 1700, 1600].map((rating) => ticket({ rating })));
 * const [match] = new SeededBracket({ sizes: [4], fillMs: 60_000 }).propose(four, 0);
 * if (match) {
 *   const [first, final] = bracketOf(match).rounds;
 *   for (const { slots } of first ?? []) console.log(slots.map((slot) => "seed" in slot && slot.seed).join(" v "));
 *   // prints: 1 v 4
 *   // prints: 2 v 3
 *   console.log(final?.[0]?.slots[0]); // prints: { winnerOf: { round: 0, meeting: 0 } }
 * }
 * ```
 */
export function bracketOf<P extends Player>({ teams }: { readonly teams: readonly Team<P>[] }): Bracket {
  const playersEach = teams.map((team) => team.reduce((sum, { players }) => sum + players.length, 0));
  if (teams.length < 2 || playersEach.some((players) => players !== 1)) {
    const remedy = "Pass a match of SeededBracket.";
    throw invalid(
      "INVALID_REQUEST",
      "a bracket has two teams or more, each of one player",
      playersEach,
      remedy,
    );
  }
  const size = slotsOf(teams.length);
  const order = bracketOrder(size);
  let round: Meeting[] = [];
  for (let slot = 0; slot < size; slot += 2) {
    round.push(meetingOf(slotOf(order[slot] as number, teams), slotOf(order[slot + 1] as number, teams)));
  }
  const rounds = [round];
  while (round.length > 1) {
    const before = round;
    round = [];
    for (let place = 0; place < before.length; place += 2) {
      const [upper, lower] = [place, place + 1].map((meeting) =>
        passedOn(before[meeting] as Meeting, { round: rounds.length - 1, meeting }),
      ) as [BracketSlot, BracketSlot];
      round.push(meetingOf(upper, lower));
    }
    rounds.push(round);
  }
  return { size, rounds };
}

/**
 * The bracket with the result of one meeting: who won takes their slot in the next round. The bracket given stays as
 * it is.
 *
 * Throws `INVALID_REQUEST` when there is no such meeting, when it is not known yet who meets there, when the winner
 * is not one of the two, or when another has won it already.
 *
 * Cost: O(size).
 */
export function advanceBracket(
  bracket: Bracket,
  result: MeetingPlace & { readonly winner: number },
): Bracket {
  const { round, meeting, winner } = isObject(result) ? result : ({} as typeof result);
  const played = bracket.rounds[round]?.[meeting];
  const refuse = (rule: string, received: unknown, remedy: string): never => {
    throw invalid("INVALID_REQUEST", rule, received, remedy);
  };
  if (!played) {
    return refuse("a result is of a meeting of the bracket", result, "Count rounds and meetings from 0.");
  }
  if (played.slots.some((slot) => "winnerOf" in slot)) {
    return refuse("a meeting is played once both are known", result, "Advance the rounds before it first.");
  }
  const won = played.slots.find((slot) => "seed" in slot && slot.seed === winner);
  if (!won) {
    const there = played.slots.map((slot) => ("seed" in slot ? slot.seed : "a bye")).join(" and ");
    return refuse("the winner is one of the two who met", winner, `Pass the seed of one: ${there} met.`);
  }
  if (played.winner !== undefined && played.winner !== winner) {
    return refuse("a meeting is won once", winner, `Seed ${played.winner} has won it.`);
  }
  const rounds = bracket.rounds.map((meetings) => [...meetings]);
  (rounds[round] as Meeting[])[meeting] = { ...played, winner };
  const next = rounds[round + 1];
  const place = Math.floor(meeting / 2);
  if (next) {
    const slots = [...(next[place] as Meeting).slots] as [BracketSlot, BracketSlot];
    slots[meeting % 2] = won;
    next[place] = { ...(next[place] as Meeting), slots };
  }
  return { size: bracket.size, rounds };
}

function slotOf(seed: number, teams: readonly Team[]): BracketSlot {
  const ticket = teams[seed - 1]?.[0];
  return ticket ? { seed, ticketId: ticket.id, playerId: (ticket.players[0] as Player).id } : { bye: true };
}

function meetingOf(upper: BracketSlot, lower: BracketSlot): Meeting {
  const slots = [upper, lower] as const;
  return "bye" in lower && "seed" in upper ? { slots, winner: upper.seed } : { slots };
}

/** What a meeting hands to the next round: who has a bye is there already. */
function passedOn(meeting: Meeting, place: MeetingPlace): BracketSlot {
  return meeting.winner === undefined ? { winnerOf: place } : meeting.slots[0];
}
