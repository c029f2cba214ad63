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
 * Cost: O(1) for two players, and once O(m) for a record of m, with `count` O(m log m).
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

  const counted = countedBy(count);
  /** When one met the other; `undefined` where that does not count. */
  const metAt = (one: Player, { id }: Player): Millis | undefined =>
    counted(attributeOf<Meetings>(one, attribute)).get(id);
  const placeOf = (one: Player, { id }: Player): number => {
    const place = [...counted(attributeOf<Meetings>(one, attribute)).keys()].indexOf(id);
    return place < 0 ? Infinity : place + 1;
  };
  const between = (one: Player, other: Player): Opening => {
    const at = metAt(one, other);
    return at === undefined || (withinMs !== undefined && at + withinMs);
  };
  const measure = (players: readonly Player[], now: Millis): number => {
    const [one, other] = players as readonly [Player, Player];
    if (withinMs !== undefined)
      return now - Math.max(metAt(one, other) ?? -Infinity, metAt(other, one) ?? -Infinity);
    return count === undefined ? 1 : Math.min(placeOf(one, other), placeOf(other, one));
  };
  return defineLimit({
    rule: attribute === "recentOpponents" ? attribute : `recentOpponents:${attribute}`,
    attributes: { [attribute]: "record" },
    between,
    bound: withinMs ?? count ?? 0,
    measure,
  });
}

/**
 * Reads which meetings of a record count, newest first where only some do, and remembers it for as long as the record
 * is there. A map also because it finds a text that was put together much faster than an object does.
 */
function countedBy(count: number | undefined): (meetings: Meetings) => ReadonlyMap<string, Millis> {
  const known = new WeakMap<Meetings, ReadonlyMap<string, Millis>>();
  return (meetings) => {
    let counted = known.get(meetings);
    if (counted) return counted;
    const entries = Object.entries(meetings);
    if (count !== undefined)
      entries.sort(([oneId, one], [otherId, other]) => other - one || (oneId < otherId ? -1 : 1));
    known.set(meetings, (counted = new Map(entries.slice(0, count))));
    return counted;
  };
}
