import { objectOf } from "../options.js";
import type { Player, PlayerWith } from "../ticket/player.js";
import { defineLimit } from "./define-limit.js";
import type { Limit } from "./limits.js";
import { attributeOf, checkedName, setOf, SHORT } from "./reading.js";

/** Where {@link blockList} finds its lists. */
export interface BlockListOptions<Name extends string = "blockList"> {
  /** The attribute with the ids of the players whom a player does not want to meet; `blockList` when left out. */
  readonly attribute?: Name;
}

/**
 * Keeps players apart of whom one has blocked the other: it takes one side. Of two parties, everybody is held
 * against everybody of the other.
 *
 * Throws `INVALID_OPTIONS` for an attribute that is no name.
 *
 * Cost: O(1) for two players, and once O(b) for a list of b.
 *
 * @example
 * ```ts
 * import { blockList, Matchmaker, OneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({
 *   queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [blockList()] } },
 * });
 * await matchmaker.join("classic", {
 *   players: [{ id: "ann", rating: 1510, attributes: { blockList: ["bob"] } }],
 * });
 * await matchmaker.close();
 * ```
 */
export function blockList<const Name extends string = "blockList">(
  options: BlockListOptions<Name> = {},
): Limit<PlayerWith<Readonly<Record<Name, "string[]">>>> {
  objectOf("blockList", options, ["attribute"]);
  const attribute = checkedName("blockList", options.attribute ?? "blockList");
  return defineLimit({
    rule: attribute === "blockList" ? attribute : `blockList:${attribute}`,
    attributes: { [attribute]: "string[]" },
    between: (one: Player, { id }: Player) => {
      const blocked = attributeOf<readonly string[]>(one, attribute);
      return !(blocked.length > SHORT ? setOf(blocked).has(id) : blocked.includes(id));
    },
  });
}
