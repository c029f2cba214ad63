import { UsageError } from "../arguments.js";
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

/** Reads `quality [--seeds <from>-<to>] [--population <name>] [--only <rule>] [--json]`. Throws {@link UsageError}. */
export function parseStudy(args: readonly string[]): Study {
  const rest = args.filter((arg) => arg !== "quality");
  let json = false;
  const given = new Map<string, string>();
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--json") json = true;
    else if (["--seeds", "--population", "--only"].includes(arg)) {
      const value = rest.shift();
      if (value === undefined || value.startsWith("--")) return refuse(`${arg} needs a value.`);
      if (given.has(arg)) refuse(`${arg} is given twice.`);
      given.set(arg, value);
    } else refuse(arg.startsWith("-") ? `Unknown option ${arg}.` : `What is "${arg}"?`);
  }
  return {
    populations: chosen("population", populations, given.get("--population")),
    rules: chosen("rule", rules, given.get("--only")),
    seeds: seedsOf(given.get("--seeds") ?? SEEDS),
    json,
  };
}

function chosen<Named extends { readonly name: string }>(
  what: string,
  all: readonly Named[],
  name: string | undefined,
): readonly Named[] {
  if (name === undefined) return all;
  const those = all.filter((one) => one.name === name);
  const names = all.map((one) => one.name).join(", ");
  if (those.length === 0) refuse(`There is no ${what} "${name}"; there are ${names}.`);
  return those;
}

/** `7` or `1-20`. */
function seedsOf(text: string): number[] {
  const [, from, to = from] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? [];
  if (from === undefined || Number(from) > Number(to)) return refuse(`Seeds are 7 or 1-20, not "${text}".`);
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, place) => Number(from) + place);
}

function refuse(what: string): never {
  const usage =
    "npm run bench -- quality [--seeds <from>-<to>] [--population <name>] [--only <rule>] [--json]";
  throw new UsageError(`${what}\nUsage: ${usage}`);
}
