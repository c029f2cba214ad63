import { populations, type Population } from "../quality/populations.js";
import { StudyOptions } from "../study-options.js";
import { shapes, type Shape } from "./shapes.js";

/** What the command line asks for. */
export interface Study {
  readonly populations: readonly Population[];
  readonly shapes: readonly Shape[];
  readonly seeds: readonly number[];
  readonly json: boolean;
}

/** The seeds of the report; others are for developing. */
const SEEDS = "101-105";

const options = new StudyOptions("teams", {
  "--seeds": "<from>-<to>",
  "--population": "<name>",
  "--shape": "<name>",
});

/** Reads `teams [--seeds <from>-<to>] [--population <name>] [--shape <name>] [--json]`. Throws `UsageError`. */
export function parseTeams(args: readonly string[]): Study {
  const { json, given } = options.read(args);
  const population = given.get("--population");
  const shape = given.get("--shape");
  return {
    // The others can be named; they would take too long to be played each time.
    populations:
      population === undefined
        ? populations.filter(({ frozen }) => !frozen)
        : options.chosen("population", populations, population),
    shapes: shape === undefined ? shapes : options.chosen("shape", shapes, shape),
    seeds: options.seeds(given.get("--seeds") ?? SEEDS),
    json,
  };
}
