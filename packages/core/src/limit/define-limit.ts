import type { Millis } from "../clock.js";
import { invalid, objectOf } from "../options.js";
import type { AttributeSchema, PlayerWith } from "../ticket/player.js";
import { Limits, type Limit, type Opening } from "./limits.js";

/** A limit as plain functions over players; see {@link defineLimit}. */
export interface LimitDefinition<Schema extends AttributeSchema> {
  /** Its name in explanations. */
  readonly rule: string;
  /** The attributes that it reads, by name and type: a join whose players lack one is refused. */
  readonly attributes?: Schema;
  /**
   * Whether two players of different tickets may be in one match. Asked in both directions; the later answer counts,
   * so a limit is always symmetric.
   */
  between?: (one: PlayerWith<Schema>, other: PlayerWith<Schema>) => Opening;
  /** Whether these players, all of a match, may be in one. Adding a player must never make the answer earlier. */
  among?: (players: readonly PlayerWith<Schema>[]) => Opening;
  /** The region in which these players would play, where the queue has one pool for all regions. */
  region?: (players: readonly PlayerWith<Schema>[]) => string | undefined;
  /** What an explanation states as the limit: the bound that was set; 0 when left out. */
  readonly bound?: number;
  /**
   * What an explanation states as the value that these players have; 1 when left out. Asked about all players of a
   * match, or where `between` keeps two of them apart the longest, about those two.
   */
  measure?: (players: readonly PlayerWith<Schema>[], now: Millis) => number;
  /** The rule of a limit that nobody could meet together with this one: no queue may have both. */
  readonly contradicts?: string;
}

/**
 * Makes a limit of plain functions, for the `limits` of a queue. Pure, like a strategy: the same players, the same
 * answer. At least one of `between` and `among` is given.
 *
 * Throws `INVALID_OPTIONS` for an option of the wrong type.
 *
 * @example
 * ```ts
 * import { defineLimit } from "@evenmatch/core";
 *
 * const sameLanguage = defineLimit({
 *   rule: "sameLanguage",
 *   attributes: { language: "string" },
 *   between: (one, other) => one.attributes.language === other.attributes.language,
 * });
 * ```
 */
export function defineLimit<const Schema extends AttributeSchema = AttributeSchema>(
  // What a limit reads follows from `attributes` alone, not from where the limit or its functions are used.
  definition: LimitDefinition<NoInfer<Schema>> & { attributes?: Schema },
): Limit<PlayerWith<NoInfer<Schema>>> {
  const functions = ["between", "among", "region", "measure"] as const;
  objectOf("defineLimit", definition, ["rule", "attributes", "bound", "contradicts", ...functions]);
  const { rule, attributes = {}, between, among, region, contradicts } = definition;
  const { bound = 0, measure = () => 1 } = definition;
  if (typeof rule !== "string" || rule === "") {
    throw invalid("INVALID_OPTIONS", "a limit has a rule, its name", rule, "Pass rule: a short name.");
  }
  for (const name of functions) {
    const given = definition[name];
    if (given === undefined || typeof given === "function") continue;
    throw invalid("INVALID_OPTIONS", `${name} is a function`, given, `Pass a function as ${name}.`);
  }
  if (!between && !among) {
    throw invalid(
      "INVALID_OPTIONS",
      `the limit ${rule} says who may meet`,
      undefined,
      "Pass between or among.",
    );
  }
  if (typeof bound !== "number" || Number.isNaN(bound)) {
    throw invalid("INVALID_OPTIONS", `the bound of the limit ${rule} is a number`, bound, "Pass a number.");
  }
  return { rule, attributes, between, among, region, bound, measure, contradicts, together };
}

function together(...given: ConstructorParameters<typeof Limits>): Limits {
  return new Limits(...given);
}
