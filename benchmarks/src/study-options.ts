import { UsageError } from "./arguments.js";

/** What a study was asked for: the values of its options by name, and whether to print for programs. */
export interface Asked {
  readonly json: boolean;
  readonly given: ReadonlyMap<string, string>;
}

/** The command line of a benchmark that plays traces: options with a value each, and `--json`. */
export class StudyOptions {
  constructor(
    private readonly bench: string,
    /** What stands for the value of each option, in the order of the usage. */
    private readonly options: Readonly<Record<string, string>>,
  ) {}

  /** Throws {@link UsageError} for whatever cannot be meant. */
  read(args: readonly string[]): Asked {
    const rest = args.filter((arg) => arg !== this.bench);
    let json = false;
    const given = new Map<string, string>();
    while (rest.length > 0) {
      const arg = rest.shift()!;
      if (arg === "--json") json = true;
      else if (arg in this.options) {
        const value = rest.shift();
        if (value === undefined || value.startsWith("--")) return this.refuse(`${arg} needs a value.`);
        if (given.has(arg)) this.refuse(`${arg} is given twice.`);
        given.set(arg, value);
      } else this.refuse(arg.startsWith("-") ? `Unknown option ${arg}.` : `What is "${arg}"?`);
    }
    return { json, given };
  }

  /** The one that is named. */
  chosen<Named extends { readonly name: string }>(
    what: string,
    all: readonly Named[],
    name: string,
  ): readonly Named[] {
    const those = all.filter((one) => one.name === name);
    const names = all.map((one) => one.name).join(", ");
    if (those.length === 0) this.refuse(`There is no ${what} "${name}"; there are ${names}.`);
    return those;
  }

  /** `7` or `1-20`. */
  seeds(text: string): number[] {
    const [, from, to = from] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(text) ?? [];
    if (from === undefined || Number(from) > Number(to))
      return this.refuse(`Seeds are 7 or 1-20, not "${text}".`);
    return Array.from({ length: Number(to) - Number(from) + 1 }, (_, place) => Number(from) + place);
  }

  refuse(what: string): never {
    const options = Object.entries(this.options).map(([option, value]) => `[${option} ${value}] `);
    throw new UsageError(`${what}\nUsage: npm run bench -- ${this.bench} ${options.join("")}[--json]`);
  }
}
