import { StudyOptions } from "../study-options.js";
import { populations, type Population } from "./populations.js";
import type { Rule } from "./rule.js";
import { rules } from "./rules.js";

/** What the command line asks for. */
export interface Study {
  readonly populations: readonly Population[];
  readonly rules: readonly Rule[];
  readonly seeds: readonly number[];
  readonly json: boolean;
}

/** The seeds of the report; others are for developing. */
const SEEDS = "101-130";

const options = new StudyOptions("quality", {
  "--seeds": "<from>-<to>",
  "--population": "<name>",
  "--only": "<rule>",
});

/** Reads `quality [--seeds <from>-<to>] [--population <name>] [--only <rule>] [--json]`. Throws `UsageError`. */
export function parseStudy(args: readonly string[]): Study {
  const { json, given } = options.read(args);
  const population = given.get("--population");
  const rule = given.get("--only");
  return {
    populations:
      population === undefined ? populations : options.chosen("population", populations, population),
    rules: rule === undefined ? rules : options.chosen("rule", rules, rule),
    seeds: options.seeds(given.get("--seeds") ?? SEEDS),
    json,
  };
}
