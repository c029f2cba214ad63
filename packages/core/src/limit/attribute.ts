import { oneOf } from "../options.js";
import type { AttributeValue, Player, PlayerWith } from "../ticket/player.js";
import { defineLimit } from "./define-limit.js";
import type { Limit } from "./limits.js";
import { attributeOf, checkedName } from "./reading.js";

/** The types of attributes that {@link sameAttribute} and {@link differentAttribute} compare. */
export type ComparedType = "string" | "number" | "boolean";

const TYPES: readonly ComparedType[] = ["string", "number", "boolean"];

/**
 * Lets only those meet who have one value of an attribute in common: a mode, a map, a platform. Everybody is held
 * against the players of other tickets; a party of mixed values meets nobody.
 *
 * Throws `INVALID_OPTIONS` for an attribute that is no name, or a type that is none of these.
 *
 * @example
 * ```ts
 * import { Matchmaker, OneVsOne, sameAttribute } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({
 *   queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [sameAttribute("mode")] } },
 * });
 * await matchmaker.join("classic", { players: [{ id: "ann", rating: 1510, attributes: { mode: "rapid" } }] });
 * await matchmaker.close();
 * ```
 */
export function sameAttribute<const Name extends string, const Type extends ComparedType = "string">(
  attribute: Name,
  type?: Type,
): Limit<PlayerWith<Readonly<Record<Name, Type>>>> {
  return comparing("sameAttribute", attribute, type, (one, other) => one === other);
}

/**
 * Lets only those meet whose values of an attribute differ: a role of which a match has one, a school. Players of
 * one ticket chose each other, and may have the same.
 *
 * Throws `INVALID_OPTIONS` for an attribute that is no name, or a type that is none of these.
 *
 * @example
 * ```ts
 * import { differentAttribute, Matchmaker, OneVsOne } from "@evenmatch/core";
 *
 * const matchmaker = new Matchmaker({
 *   queues: { classic: { strategy: new OneVsOne({ maxRatingGap: 100 }), limits: [differentAttribute("club")] } },
 * });
 * await matchmaker.join("classic", { players: [{ id: "ann", rating: 1510, attributes: { club: "north" } }] });
 * await matchmaker.close();
 * ```
 */
export function differentAttribute<const Name extends string, const Type extends ComparedType = "string">(
  attribute: Name,
  type?: Type,
): Limit<PlayerWith<Readonly<Record<Name, Type>>>> {
  return comparing("differentAttribute", attribute, type, (one, other) => one !== other);
}

/** How many different values there may be, or have to be, among two; and what they have. */
const VALUES = { sameAttribute: 1, differentAttribute: 2 } as const;

function comparing(
  limit: keyof typeof VALUES,
  attribute: unknown,
  type: ComparedType = "string",
  mayMeet: (one: AttributeValue, other: AttributeValue) => boolean,
): Limit {
  const name = checkedName(limit, attribute);
  const opposite = limit === "sameAttribute" ? "differentAttribute" : "sameAttribute";
  return defineLimit({
    rule: `${limit}:${name}`,
    contradicts: `${opposite}:${name}`,
    attributes: { [name]: oneOf(`type of ${limit}`, TYPES, type) },
    between: (one: Player, other: Player) => mayMeet(attributeOf(one, name), attributeOf(other, name)),
    bound: VALUES[limit],
    measure: (players: readonly Player[]) => new Set(players.map((player) => attributeOf(player, name))).size,
  });
}
