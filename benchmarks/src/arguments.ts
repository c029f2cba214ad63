import type { Bench, Row } from "./row.js";

/** What the command line asks for. */
export interface Plan {
  readonly bench: Bench;
  readonly rows: readonly Row[];
  readonly json: boolean;
  /** Profile the rows instead of judging them. */
  readonly profile: boolean;
}

/** A command line that cannot be meant; the message says what would be. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * Reads `<bench> [--json] [--only <row>] [--profile <row>]`; the usage also names what has a command line of its own.
 * Throws {@link UsageError}.
 */
export function parse(
  args: readonly string[],
  benches: readonly Bench[],
  others: readonly string[] = [],
): Plan {
  const names = [...benches.map(({ name }) => name), ...others].join("|");
  const usage = `Usage: npm run bench -- <${names}> [--json] [--only <row>] [--profile <row>]`;
  const refuse = (what: string): never => {
    throw new UsageError(`${what}\n${usage}`);
  };
  const rest = [...args];
  let json = false;
  let name: string | undefined;
  let chosen: { readonly option: string; readonly row: string } | undefined;
  while (rest.length > 0) {
    const arg = rest.shift()!;
    if (arg === "--json") {
      json = true;
    } else if (arg === "--only" || arg === "--profile") {
      if (chosen) refuse(`One row at a time: ${chosen.option} ${chosen.row} is given already.`);
      const row = rest.shift();
      if (row === undefined || row.startsWith("--")) return refuse(`${arg} needs the name of a row.`);
      chosen = { option: arg, row };
    } else if (arg.startsWith("-")) {
      refuse(`Unknown option ${arg}.`);
    } else if (name !== undefined) {
      refuse(`One benchmark at a time: ${name} is given already, then came ${arg}.`);
    } else {
      name = arg;
    }
  }
  if (name === undefined) return refuse("No benchmark is named.");
  const bench = benches.find((one) => one.name === name);
  if (!bench) return refuse(`There is no benchmark "${name}".`);
  const profile = chosen?.option === "--profile";
  if (json && profile) refuse("A profile is for people: leave --json out.");
  if (!chosen) return { bench, rows: bench.rows, json, profile };
  const { row } = chosen;
  const rows = bench.rows.filter((one) => one.name === row);
  if (rows.length === 0) {
    refuse(
      `${bench.name} has no row "${row}"; its rows are ${bench.rows.map((one) => one.name).join(", ")}.`,
    );
  }
  return { bench, rows, json, profile };
}
