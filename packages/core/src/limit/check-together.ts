import { invalid } from "../options.js";
import type { AttributeSchema } from "../ticket/player.js";

/** What is looked at of a limit, whoever it is for. */
interface Checked {
  readonly rule: string;
  readonly attributes: AttributeSchema;
  readonly contradicts: string | undefined;
  readonly region: unknown;
}

/**
 * Holds the limits of a queue against each other and against what its strategy reads: each is there once, all read
 * an attribute as the same type, none can only be met where another is not, and one at most says where to play.
 * Returns the attributes that they read. Throws `INVALID_OPTIONS`.
 */
export function checkTogether(
  limits: readonly Checked[],
  of: string,
  read: AttributeSchema,
): AttributeSchema {
  const rules = new Set<string>();
  const types = new Map(Object.entries(read));
  for (const { rule, attributes, contradicts } of limits) {
    if (rules.has(rule)) {
      throw invalid("INVALID_OPTIONS", `${of} have each rule once`, rule, "Leave one of the two out.");
    }
    rules.add(rule);
    for (const [name, type] of Object.entries(attributes)) {
      const other = types.get(name) ?? type;
      types.set(name, type);
      if (other === type) continue;
      const clash = `${of} and the strategy read the attribute "${name}" as one type, not as ${other} and ${type}`;
      throw invalid("INVALID_OPTIONS", clash, rule, "Give one of the two an attribute of its own.");
    }
    const contradicted = limits.find((limit) => limit.rule === contradicts);
    if (contradicted) {
      const clash = `${of} can be met together, and ${rule} and ${contradicted.rule} cannot`;
      throw invalid("INVALID_OPTIONS", clash, rule, "Leave one of the two out.");
    }
  }
  const placing = limits.filter(({ region }) => region);
  if (placing.length > 1) {
    const received = placing.map(({ rule }) => rule);
    throw invalid("INVALID_OPTIONS", `one of ${of} says where to play`, received, "Leave the others out.");
  }
  return Object.assign({}, ...limits.map(({ attributes }) => attributes)) as AttributeSchema;
}
