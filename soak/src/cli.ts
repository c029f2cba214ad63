import { parseArgs } from "node:util";
import { newSeed, type Seed } from "@evenmatch/testkit";
import { soak } from "./report.js";
import { STORES, type Store } from "./stores.js";

const USAGE = `npm run soak -- <${Object.keys(STORES).join("|")}> [--runs N] [--seconds N] [--seed S] [--mix NAME] [--json]`;

const mixes = Object.entries(STORES)
  .flatMap(([name, { mixes }]) => (mixes.length > 0 ? [`                 ${name}: ${mixes.join(", ")}`] : []))
  .join("\n");

const HELP = `usage: ${USAGE}

Plays a population against several processes on one store, with kills, cuts and lost answers, and checks what the
callers saw.

  memory, log    the store to play against, simulated in one process and in virtual time
  postgres, redis, kafka
                 real processes on a real server, which is found or started
  --runs N       how many runs, each with the next seed; 3 when neither runs nor seconds are given
  --seconds N    for so long, seed after seed; the run under way is ended
  --seed S       the seed of the first run; by chance when left out
  --mix NAME     only runs of this kind, where a store has several; in turn when left out:
${mixes}
  --json         prints one line for programs on stdout, and what people read on stderr
  --help         prints this

It ends with 0 when every run was sound, with 1 when one was not, and with 2 for a command line that cannot be meant.`;

/** Runs without a bound of time, and without a number of its own. */
const DEFAULT_RUNS = 3;

/** What somebody typed cannot be meant. */
class UsageError extends Error {}

/** What was asked for. */
interface Arguments {
  readonly store: string;
  readonly runs: number;
  readonly milliseconds: number;
  readonly seed: Seed;
  readonly mix: string | undefined;
  readonly json: boolean;
}

/** What the command line asks for; `undefined` where it asks for help. */
function argumentsOf(args: string[]): Arguments | undefined {
  const { values, positionals } = parsed(args);
  if (values.help) return undefined;
  const [store, ...others] = positionals;
  const known = Object.keys(STORES).join(", ");
  if (store === undefined || others.length > 0) throw new UsageError(`name one store: ${known}`);
  if (!Object.hasOwn(STORES, store))
    throw new UsageError(`there is no soak for "${store}"; there is one for ${known}`);
  const { mix } = values;
  const { mixes } = STORES[store] as Store;
  if (mix !== undefined && !mixes.includes(mix))
    throw new UsageError(`there is no mix "${mix}" on ${store}; there is ${mixes.join(", ") || "none"}`);
  const seconds = values.seconds === undefined ? undefined : whole("seconds", values.seconds, 1, 86_400);
  const runs = values.runs === undefined ? undefined : whole("runs", values.runs, 1, 1_000_000);
  return {
    store,
    runs: runs ?? (seconds === undefined ? DEFAULT_RUNS : Infinity),
    milliseconds: (seconds ?? Infinity) * 1_000,
    seed: values.seed === undefined ? newSeed() : whole("seed", values.seed, 0, 2 ** 32 - 1),
    mix,
    json: values.json ?? false,
  };
}

function parsed(args: string[]) {
  const options = {
    runs: { type: "string" },
    seconds: { type: "string" },
    seed: { type: "string" },
    mix: { type: "string" },
    json: { type: "boolean" },
    help: { type: "boolean" },
  } as const;
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function whole(name: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw new UsageError(`--${name} is a whole number from ${least} to ${most}, not "${text}"`);
}

async function main(args: string[]): Promise<number> {
  const given = argumentsOf(args);
  if (!given) {
    console.log(HELP);
    return 0;
  }
  const { store, runs, milliseconds, seed, mix, json } = given;
  const run = await (STORES[store] as Store).open(mix);
  const until = Date.now() + milliseconds;
  // With --json the one line on stdout is for programs, and what people read goes beside it.
  const print = (line: string): void => (json ? console.error(line) : console.log(line));
  const totals = await soak({ run, seed, runs, isTimeUp: () => Date.now() >= until, print });
  if (json) console.log(JSON.stringify(totals));
  else console.log(totals.ok ? "nothing lost, nothing doubled" : "BROKEN: see above");
  return totals.ok ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nusage: ${USAGE}`);
  process.exitCode = 2;
}
