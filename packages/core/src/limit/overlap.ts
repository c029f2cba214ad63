import { invalid, objectOf, oneOf, wholeAtLeast } from "../options.js";
import { LONGEST_LIST, type Player, type PlayerWith } from "../ticket/player.js";
import { defineLimit } from "./define-limit.js";
import type { Limit } from "./limits.js";
import { attributeOf, checkedName, setOf, SHORT } from "./reading.js";

/** What {@link overlap} compares. */
export interface OverlapOptions<Name extends string, Type extends "string[]" | "number[]" = "string[]"> {
  /** The attribute with a player's list. */
  readonly attribute: Name;
  /** How many values they have in common at least, 1 or more; 1 when left out. */
  readonly atLeast?: number;
  /**
   * Who has them in common: every two players of different tickets (`pairs`, when left out), or everybody of a match
   * (`all`), as where the match is about one topic. The same where a match is between two players.
   */
  readonly among?: "pairs" | "all";
  /** What the lists hold; texts when left out. */
  readonly type?: Type;
}

/**
 * Lets only those meet who have something in common: topics, languages, maps that they like.
 *
 * Throws `INVALID_OPTIONS` when `atLeast` is no whole number of 1 or more, or more than a list can hold.
 *
 * Cost: O(s) for two players, s being the length of the shorter list, and once O(l) for a list of l.
 *
 * @example
 * ```ts
 * import { Matchmaker, OneVsOne, overlap } from "@evenmatch/core";
 *
 * const limits = [overlap({ attribute: "topics", atLeast: 2 })];
 * const matchmaker = new Matchmaker({
 *   queues: { quiz: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits } },
 * });
 * await matchmaker.join("quiz", {
 *   players: [{ id: "ann", rating: 1510, attributes: { topics: ["art", "film", "history"] } }],
 * });
 * await matchmaker.close();
 * ```
 */
export function overlap<const Name extends string, const Type extends "string[]" | "number[]" = "string[]">(
  options: OverlapOptions<Name, Type>,
): Limit<PlayerWith<Readonly<Record<Name, Type>>>> {
  objectOf("overlap", options, ["attribute", "atLeast", "among", "type"]);
  const name = checkedName("overlap", options.attribute);
  const atLeast = wholeAtLeast(1, "atLeast of overlap", options.atLeast ?? 1);
  if (atLeast > LONGEST_LIST) {
    const rule = `atLeast of overlap is no more than a list can hold, ${LONGEST_LIST}`;
    throw invalid("INVALID_OPTIONS", rule, atLeast, "Lower it: nobody could ever meet.");
  }
  const among = oneOf("among of overlap", ["pairs", "all"], options.among ?? "pairs");
  const type = oneOf("type of overlap", ["string[]", "number[]"], options.type ?? "string[]");
  const list = (player: Player): readonly unknown[] => attributeOf(player, name);
  const haveEnough = (players: readonly Player[]): boolean => shared(players.map(list), atLeast) >= atLeast;
  return defineLimit({
    rule: `overlap:${name}`,
    attributes: { [name]: type },
    ...(among === "all"
      ? { among: haveEnough }
      : { between: (one: Player, other: Player) => sharedByTwo(list(one), list(other), atLeast) >= atLeast }),
    bound: atLeast,
    measure: (players: readonly Player[]) => shared(players.map(list)),
  });
}

/** How many different values two lists have in common; counts no further than `enough`. */
function sharedByTwo(one: readonly unknown[], other: readonly unknown[], enough: number): number {
  if (one.length <= SHORT && other.length <= SHORT) return sharedByShort(one, other, enough);
  const [short, long] = one.length < other.length ? [one, setOf(other)] : [other, setOf(one)];
  let count = 0;
  for (const value of setOf(short)) if (long.has(value) && ++count >= enough) break;
  return count;
}

function sharedByShort(one: readonly unknown[], other: readonly unknown[], enough: number): number {
  let count = 0;
  for (let place = 0; place < one.length && count < enough; place++) {
    const value = one[place];
    if (other.includes(value) && one.indexOf(value) === place) count++;
  }
  return count;
}

/** How many different values all lists have in common; counts no further than `enough`. */
function shared(lists: readonly (readonly unknown[])[], enough = Infinity): number {
  const [first = [], ...others] = lists;
  let count = 0;
  for (const value of setOf(first)) {
    if (others.every((list) => setOf(list).has(value)) && ++count >= enough) break;
  }
  return count;
}
