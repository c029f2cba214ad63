import {
  byAge,
  defineLimit,
  Fifo,
  overlap,
  recentOpponents,
  sameAttribute,
  ticketsOf,
  type Allocate,
  type Limit,
  type Match,
  type Player,
  type PlayerIn,
  type PlayerWith,
} from "@evenmatch/core";
import type { Config } from "./config.js";
import type { Person } from "./identity.js";
import { preferences, type Preferences } from "./preferences.js";

/** The only queue. It has one pool: where people are is a wish of theirs, not a wall. */
export const QUEUE = "practice";

/** Whoever waits, first come, first matched; two make a room. */
export function queuesWith(config: Config, allocate: Allocate) {
  return {
    [QUEUE]: {
      strategy: new Fifo({
        priority: { attribute: "plan", order: ["paying"], boostAfterMs: config.boostAfterMs },
      }),
      limits: limitsWith(config),
      // A room that cannot be made now may be a moment later; then both go back to where they were.
      allocator: { allocate, timeoutMs: 2_000, retries: 2, retryDelayMs: 100 },
      heartbeatMs: config.heartbeatMs,
    },
  };
}

function limitsWith({ partnerRestMs }: { readonly partnerRestMs: number }) {
  return [
    overlap({ attribute: "topics" }),
    sameAttribute("difficulty"),
    sameAttribute("duration_minutes", "number"),
    sameOrAny("region"),
    sameOrAny("skill"),
    recentOpponents({ attribute: "recentPartners", withinMs: partnerRestMs }),
  ] as const;
}

/** Lets those meet who wish the same, or of whom one takes any. */
function sameOrAny<const Name extends string>(
  name: Name,
): Limit<PlayerWith<Readonly<Record<Name, "string">>>> {
  const wishOf = ({ attributes }: Player): unknown => attributes?.[name];
  return defineLimit({
    rule: `sameOrAny:${name}`,
    attributes: { [name]: "string" },
    between: (one: Player, other: Player) =>
      [wishOf(one), wishOf(other)].includes("any") || wishOf(one) === wishOf(other),
    bound: 1,
    measure: (players: readonly Player[]) => new Set(players.map(wishOf)).size,
  });
}

export type PracticeQueues = ReturnType<typeof queuesWith>;

/** Who joins, with every attribute that the queue reads. */
export type Practiser = PlayerIn<PracticeQueues[typeof QUEUE]>;

/** Somebody as they wait, with all that the queue knows of them. Without `payingFirst` everybody is of one class. */
export function practiserOf(
  { id, name, plan }: Person,
  wishes: Preferences,
  recentPartners: Readonly<Record<string, number>>,
  { payingFirst }: Pick<Config, "payingFirst">,
): Practiser {
  // Nobody is rated here.
  return {
    id,
    rating: 0,
    attributes: { ...wishes, name, plan: payingFirst ? plan : "free", recentPartners },
  };
}

/** The two of a match, who came first first. */
export function pairOf(match: Match): readonly [Player, Player] {
  const [one, other] = ticketsOf(match).sort(byAge);
  return [one!.players[0]!, other!.players[0]!];
}

/** What somebody wished who waits. */
export function wishesOf({ attributes = {} }: Player): Preferences {
  const { topics, difficulty, duration_minutes, region, skill } = attributes;
  return preferences.parse({ topics, difficulty, duration_minutes, region, skill });
}

/** The name travels with the player, as an attribute. */
export function nameOf({ id, attributes }: Player): string {
  const name = attributes?.["name"];
  return typeof name === "string" ? name : id;
}
