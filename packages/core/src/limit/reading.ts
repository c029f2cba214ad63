import { invalid } from "../options.js";
import type { Player } from "../ticket/player.js";

/** How limits read attributes: joins are checked against what a limit asks for, so the value is there. */

export function attributeOf<Value>(player: Player, name: string): Value {
  return player.attributes?.[name] as Value;
}

/** Throws `INVALID_OPTIONS` for what is no attribute's name. */
export function checkedName(limit: string, name: unknown): string {
  if (typeof name === "string" && name !== "") return name;
  const remedy = "Pass the name by which players carry it.";
  throw invalid("INVALID_OPTIONS", `the attribute of ${limit} is a name`, name, remedy);
}

/** Lists no longer than this are searched as they are; longer ones as a set, made once. */
export const SHORT = 8;

const sets = new WeakMap<readonly unknown[], ReadonlySet<unknown>>();

/** The values of a list, kept for as long as the list is: strategies ask about the same players many times. */
export function setOf<Value>(list: readonly Value[]): ReadonlySet<Value> {
  let set = sets.get(list);
  if (!set) sets.set(list, (set = new Set(list)));
  return set as ReadonlySet<Value>;
}
