import type { Chance } from "./chance.js";
import { modes, type QueueName, type Region } from "./queues.js";
import type { Place, Waiting } from "./seats.js";
import { now } from "./time.js";

/** How far from the one who waits a bot may be to be of use; in blitz, before it takes long. */
const REACH: Readonly<Record<QueueName, number>> = {
  classic: 100,
  solo: 50,
  duo: 100,
  blitz: 250,
  tournament: Infinity,
};

/** Where bots play among themselves, of so many games. */
const HAUNTS: readonly (readonly [Region, number])[] = [
  ["eu", 5],
  ["na", 2],
  ["asia", 1],
  ["sa", 1],
  ["oceania", 1],
  ["africa", 1],
];
const TASTES: readonly (readonly [QueueName, number])[] = [
  ["classic", 4],
  ["solo", 3],
  ["duo", 3],
  ["blitz", 3],
  ["tournament", 1],
];

/** After waiting so long where enough players are, a person is sent one more: those there do not fit. */
const LONG_MS = 5_000;

interface BotSelf {
  readonly rating: number;
  readonly isParty: boolean;
}

/**
 * Where a bot is needed: where a person waits longest and players are missing; else, unless people are all that
 * counts, where another bot waits; else anywhere.
 */
export function whereTo(
  waiting: readonly Waiting[],
  self: BotSelf,
  chance: Chance,
  { onlyPeople }: { readonly onlyPeople: boolean },
): Place | undefined {
  const places = placesOf(waiting).filter((place) => isOfUse(place, self));
  const needed = places.find(({ hasPerson }) => hasPerson);
  if (needed || onlyPeople) return needed;
  return places[0] ?? anywhere(self, chance);
}

interface WaitingPlace extends Place {
  readonly players: number;
  readonly hasPerson: boolean;
  /** Of who has waited longest, people before bots. */
  readonly rating: number;
  readonly openedAt: number;
}

/** The places in which somebody waits, in the order in which the first came there, people before bots. */
function placesOf(waiting: readonly Waiting[]): WaitingPlace[] {
  const places = new Map<string, Waiting[]>();
  for (const seat of waiting) {
    const key = `${seat.queue}.${seat.region}`;
    const seats = places.get(key);
    if (seats) seats.push(seat);
    else places.set(key, [seat]);
  }
  return [...places.values()].map((seats) => {
    const person = seats.find(({ players }) => players.some(({ bot }) => !bot));
    const { queue, region, openedAt, players } = person ?? seats[0]!;
    const count = seats.reduce((sum, seat) => sum + seat.players.length, 0);
    const { rating } = players[0]!;
    return { queue, region, openedAt, rating, players: count, hasPerson: person !== undefined };
  });
}

function isOfUse(
  { queue, players, hasPerson, rating, openedAt }: WaitingPlace,
  { rating: own, isParty }: BotSelf,
): boolean {
  if (isParty && modes[queue].partySize < 2) return false;
  if (Math.abs(rating - own) > REACH[queue]) return false;
  return players < modes[queue].players || (hasPerson && now() - openedAt > LONG_MS);
}

function anywhere({ isParty }: BotSelf, chance: Chance): Place {
  const queue = isParty ? "duo" : chance.weighted(TASTES);
  return { queue, region: queue === "tournament" ? "eu" : chance.weighted(HAUNTS) };
}
