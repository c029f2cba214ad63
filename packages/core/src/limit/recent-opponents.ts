import type { Millis } from "../clock.js";
import { objectOf, wholeAtLeast } from "../options.js";
import type { Player, PlayerWith } from "../ticket/player.js";
import { defineLimit } from "./define-limit.js";
import type { Limit, Opening } from "./limits.js";
import { attributeOf, checkedName } from "./reading.js";

/** Which meetings {@link recentOpponents} counts as recent; with both settings, those that are recent by both. */
export interface RecentOpponentsOptions<Name extends string = "recentOpponents"> {
  /** Only the last so many opponents of a player, 1 or more; all that the player carries when left out. */
  readonly count?: number;
  /** Only for so many milliseconds after the meeting, 1 or more; for ever when left out. */
  readonly withinMs?: Millis;
  /** The attribute with the opponents; `recentOpponents` when left out. */
  readonly attribute?: Name;
}

/** The match time at which somebody last met others, by their ids. */
type Meetings = Readonly<Record<string, Millis>>;

/**
 * Keeps players apart who met recently, until the instant at which they may meet again. Each player carries whom
 * they met and when: a record of player id → match time, such as the `createdAt` of the match. It takes one side.
 *
 * 1. With `count`, a player's newest meetings are taken; of those at one instant, the lower ids.
 * 2. With `withinMs`, each of them ends `withinMs` after its instant: from then on, to the millisecond, both may meet.
 * 3. Two may meet from when on both sides let them.
 *
 * Throws `INVALID_OPTIONS` for a `count` or `withinMs` that is no whole number of 1 or more.
 *
 * Cost: O(1) for two players, and with `count` once O(m log m) for a record of m.
 *
 * @example
 * ```ts
 * import { Matchmaker, OneVsOne, recentOpponents } from "@evenmatch/core";
 *
 * const limits = [recentOpponents({ count: 3, withinMs: 600_000 })];
 * const matchmaker = new Matchmaker({
 *   queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits } },
 * });
 * const metBobAt = 1_790_000_000_000;
 * await matchmaker.join("classic", {
 *   players: [{ id: "ann", rating: 1510, attributes: { recentOpponents: { bob: metBobAt } } }],
 * });
 * await matchmaker.close();
 * ```
 */
export function recentOpponents<const Name extends string = "recentOpponents">(
  options: RecentOpponentsOptions<Name> = {},
): Limit<PlayerWith<Readonly<Record<Name, "record">>>> {
  objectOf("recentOpponents", options, ["count", "withinMs", "attribute"]);
  const { count, withinMs } = options;
  if (count !== undefined) wholeAtLeast(1, "count of recentOpponents", count);
  if (withinMs !== undefined) wholeAtLeast(1, "withinMs of recentOpponents", withinMs);
  const attribute = checkedName("recentOpponents", options.attribute ?? "recentOpponents");

  const newest = newestOf(count);
  /** When one met the other; `undefined` where that does not count. */
  const metAt = (one: Player, { id }: Player): Millis | undefined => {
    const meetings = attributeOf<Meetings>(one, attribute);
    if (newest) return newest(meetings).get(id);
    const at = meetings[id];
    // A player may be called like what every object has.
    return typeof at === "number" ? at : undefined;
  };
  const between = (one: Player, other: Player): Opening => {
    const at = metAt(one, other);
    return at === undefined || (withinMs !== undefined && at + withinMs);
  };
  const measure = (players: readonly Player[], now: Millis): number => {
    const [one, other] = players as readonly [Player, Player];
    if (withinMs !== undefined)
      return now - Math.max(metAt(one, other) ?? -Infinity, metAt(other, one) ?? -Infinity);
    return newest ? Math.min(placeOf(newest, one, other), placeOf(newest, other, one)) : 1;
  };
  const placeOf = (sorted: NonNullable<typeof newest>, one: Player, { id }: Player): number => {
    const place = [...sorted(attributeOf<Meetings>(one, attribute)).keys()].indexOf(id);
    return place < 0 ? Infinity : place + 1;
  };
  return defineLimit({
    rule: attribute === "recentOpponents" ? attribute : `recentOpponents:${attribute}`,
    attributes: { [attribute]: "record" },
    between,
    bound: withinMs ?? count ?? 0,
    measure,
  });
}

/** Picks the newest meetings, newest first, and remembers them for as long as the record is there. */
function newestOf(
  count: number | undefined,
): ((meetings: Meetings) => ReadonlyMap<string, Millis>) | undefined {
  if (count === undefined) return undefined;
  const known = new WeakMap<Meetings, ReadonlyMap<string, Millis>>();
  return (meetings) => {
    let newest = known.get(meetings);
    if (!newest) {
      const sorted = Object.entries(meetings).sort(
        ([oneId, one], [otherId, other]) => other - one || (oneId < otherId ? -1 : 1),
      );
      known.set(meetings, (newest = new Map(sorted.slice(0, count))));
    }
    return newest;
  };
}
