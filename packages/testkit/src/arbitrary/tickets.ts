import type { Millis, Player, PoolKey, Ticket } from "@evenmatch/core";
import { idOf } from "@evenmatch/core/adapter";
import fc from "fast-check";
import { playerId } from "./attributes.js";
import { BUILT_AT } from "./build.js";

/** What a generated player has beside an id, which the ticket gives it. */
export type PlayerParts<P extends Player = Player> = Omit<P, "id">;

/** What kind of ratings to generate. */
export interface RatingOptions {
  /** Many ratings are whole multiples of this apart, so that limits are met exactly; 50 when left out. */
  readonly step?: number;
}

/** An arbitrary for each attribute of a player, by name. */
export type AttributeArbitraries<P extends Player = Player> = {
  readonly [Name in keyof NonNullable<P["attributes"]>]: fc.Arbitrary<NonNullable<P["attributes"]>[Name]>;
};

/** What kind of players to generate. */
export interface PlayerOptions<P extends Player = Player> extends RatingOptions {
  /** What they carry beside a rating; nothing when left out. {@link blockLists} and its like make corners likely. */
  readonly attributes?: AttributeArbitraries<P>;
}

/** What kind of parties to generate. */
export interface PartyOptions<P extends Player = Player> {
  /** The largest party; 1 when left out. */
  readonly maxPartySize?: number;
  /** Players without their ids; {@link players} when left out. */
  readonly players?: fc.Arbitrary<PlayerParts<P>>;
  /** What {@link players} carry, where `players` is left out. */
  readonly attributes?: AttributeArbitraries<P>;
}

/** What kind of tickets to generate. */
export interface TicketOptions<P extends Player = Player> extends PartyOptions<P> {
  /** The pool of the tickets; `classic`, `eu` when left out. */
  readonly pool?: PoolKey;
  /** No ticket joined before; {@link BUILT_AT} when left out. */
  readonly from?: Millis;
  /** Tickets joined within so many milliseconds after `from`; 1,000 when left out. */
  readonly withinMs?: Millis;
  /** At most so many tickets; 12 when left out. */
  readonly maxTickets?: number;
}

/** Chance of the short list of values that makes corners likely: ties, and ratings exactly a gap apart. */
const CORNERS = 4;

/** Ratings that tie, lie exactly a step apart, or just beside that, among ordinary ones. */
export function ratings({ step = 50 }: RatingOptions = {}): fc.Arbitrary<number> {
  const onGrid = fc.integer({ min: 0, max: 10 }).map((place) => 1_500 + place * step);
  return fc.oneof(
    { weight: CORNERS, arbitrary: onGrid },
    { weight: 1, arbitrary: fc.tuple(onGrid, fc.constantFrom(-1, 1, 0.5)).map(([one, by]) => one + by) },
    { weight: 1, arbitrary: fc.integer({ min: 1_500 - step, max: 1_500 + 11 * step }) },
    { weight: 1, arbitrary: fc.double({ min: -100, max: 3_500, noNaN: true }) },
  );
}

/** Players without ids: a rating, the attributes asked for, and now and then a deviation. */
export function players<P extends Player = Player>(
  options: PlayerOptions<P> = {},
): fc.Arbitrary<PlayerParts<P>> {
  const { attributes } = options;
  const parts = {
    rating: ratings(options),
    ...(attributes && { attributes: fc.record(attributes) }),
    deviation: fc.integer({ min: 0, max: 350 }),
  };
  // What P asks for beside a rating is in its attributes; a player type with other properties brings its own players.
  return fc.record(parts, {
    requiredKeys: attributes ? ["rating", "attributes"] : ["rating"],
  }) as unknown as fc.Arbitrary<PlayerParts<P>>;
}

/** Parties of 1 up to `maxPartySize` players, single players most often. */
export function parties<P extends Player = Player>(
  options: PartyOptions<P> = {},
): fc.Arbitrary<PlayerParts<P>[]> {
  const { maxPartySize = 1, attributes } = options;
  const one = options.players ?? players<P>({ ...(attributes && { attributes }) });
  const single = fc.array(one, { minLength: 1, maxLength: 1 });
  if (maxPartySize === 1) return single;
  return fc.oneof(single, fc.array(one, { minLength: 1, maxLength: maxPartySize }));
}

/** Everything about a generated ticket but what it needs to be unlike the others: its ids. */
export interface TicketSeed<P extends Player = Player> {
  readonly party: PlayerParts<P>[];
  /** Sorts before or after other ids at random, so that no strategy can lean on the order of making. */
  readonly label: number;
}

export function ticketSeeds<P extends Player = Player>(
  options: PartyOptions<P>,
): fc.Arbitrary<TicketSeed<P>> {
  return fc.record({ party: parties(options), label: fc.integer({ min: 0, max: 99 }) });
}

/** The ticket of a seed: the `index` makes its id and those of its players unlike all others of the same run. */
export function grownTicket<P extends Player>(
  { party, label }: TicketSeed<P>,
  index: number,
  pool: PoolKey,
  times: Pick<Ticket, "joinedAt" | "expiresAt">,
): Ticket<P> {
  return {
    ...pool,
    id: idOf(pool, `${String(label).padStart(2, "0")}-${index}`),
    players: party.map((each, place) => ({ ...each, id: playerId(index, place) }) as unknown as P),
    ...times,
  };
}

/** One ticket of a pool. */
export function tickets<P extends Player = Player>(options: TicketOptions<P> = {}): fc.Arbitrary<Ticket<P>> {
  return pools({ ...options, maxTickets: 1 }, 1).map(([only]) => only as Ticket<P>);
}

/**
 * The tickets that wait in one pool: unlike ids, no player twice, many that joined at one instant, in any order.
 * They wait for ever; tickets that expire come with `changes`.
 */
export function pools<P extends Player = Player>(
  options: TicketOptions<P> = {},
  minTickets = 0,
): fc.Arbitrary<Ticket<P>[]> {
  const {
    pool = { queue: "classic", region: "eu" },
    from = BUILT_AT,
    withinMs = 1_000,
    maxTickets = 12,
  } = options;
  const waited = fc.oneof(
    fc.constantFrom(0, Math.min(1, withinMs), withinMs),
    fc.integer({ min: 0, max: withinMs }),
  );
  const one = fc.record({ seed: ticketSeeds(options), waited });
  return fc
    .array(one, { minLength: minTickets, maxLength: maxTickets, size: "max" })
    .map((all) =>
      all.map(({ seed, waited }, index) => grownTicket(seed, index, pool, { joinedAt: from + waited })),
    );
}
