import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./command.mjs";

/** The page that has the figures, and for which the examples are worked. */
const PAGE = "docs/kafka-capacity.md";

/** A game and its deployment. Times are in seconds unless the name says otherwise. */
const GAME = {
  players: 1_000_000,
  playersPerMatch: 2,
  matchSeconds: 300,
  pauseSeconds: 30,
  waitSeconds: 10,
  partitions: 12,
  apiProcesses: 50,
  replicas: 3,
  roundTripMs: 0.5,
  coresOfBroker: 8,
  retainSeconds: 60,
  requestsHours: 1,
  eventsHours: 24,
  tombstoneMinutes: 10,
};

type Game = typeof GAME;
type Figure = (name: string) => number;

const SESSION_SECONDS = 6;
/** Requests of a transaction, one after the other. */
const REQUESTS = 5;
/** An owner rests after a transaction for as long as that took, but no longer. */
const LONGEST_REST_MS = 10;
/** How much of a core, or of a broker, is planned for. */
const LOAD = 0.5;
/** By so much the log is larger before it is compacted: min.cleanable.dirty.ratio is 0.2. */
const DIRTY = 1 / (1 - 0.2);
const SEGMENT = 16 * 2 ** 20;
const ANSWER_PARTITIONS = 6;
/** A collector of garbage needs as much again. */
const HEAP = 2;

/** What a game needs, by name. The page has the same as formulas. */
export function planned(game: Game, figure: Figure) {
  const joins = game.players / (game.matchSeconds + game.pauseSeconds + game.waitSeconds);
  const matches = joins / game.playersPerMatch;
  const waiting = joins * game.waitSeconds;

  const ofPartition = matches / game.partitions;
  const transaction = figure("transactionMs") + REQUESTS * game.roundTripMs;
  const most = 1_000 / (transaction + Math.min(transaction, LONGEST_REST_MS));
  const wanted = ofPartition * figure("transactionsPerMatch");
  const transactionsOfPartition = Math.min(most, wanted);
  const transactions = transactionsOfPartition * game.partitions;

  const workerCores = (matches * figure("matchCpu")) / 1e6 + (transactions * figure("transactionCpu")) / 1e3;
  const workers = Math.max(2, Math.ceil(workerCores / LOAD) + 1);
  const oneBroker =
    (matches * figure("matchBrokerCpu")) / 1e6 + (transactions * figure("transactionBrokerCpu")) / 1e3;
  const brokerCores = oneBroker * game.replicas;
  const brokers = Math.max(game.replicas, Math.ceil(brokerCores / (LOAD * game.coresOfBroker)));

  const written =
    matches * ["requestBytes", "logBytes", "answerBytes", "eventBytes"].map(figure).reduce(sum) +
    transactions * figure("transactionBytes");
  const read =
    matches *
    (figure("requestBytes") +
      figure("answerBytes") * Math.max(1, game.apiProcesses / ANSWER_PARTITIONS) +
      figure("eventBytes") * game.apiProcesses);

  const kept = (waiting + matches * game.retainSeconds * (game.playersPerMatch + 1)) / game.partitions;
  const forgotten = ofPartition * (game.playersPerMatch + 1) * 60 * game.tombstoneMinutes;
  const markers = transactionsOfPartition * 60 * game.tombstoneMinutes;
  const recordBytes = figure("logBytes") / figure("recordsPerMatch");
  const records = (kept + forgotten + markers) * DIRTY + SEGMENT / recordBytes;
  const logBytes =
    (kept * recordBytes + forgotten * figure("tombstoneBytes") + markers * figure("markerBytes")) * DIRTY +
    SEGMENT;
  const rebuild = SESSION_SECONDS + (records * figure("readRecord") + kept * figure("restoreKey")) / 1e6;
  const disk =
    game.replicas *
    (matches *
      3_600 *
      (figure("requestBytes") * game.requestsHours + figure("eventBytes") * game.eventsHours) +
      logBytes * game.partitions);

  const memory =
    (HEAP * (waiting * figure("waitingBytes") + matches * game.retainSeconds * figure("rememberedBytes"))) /
    workers;
  const connections = (5 * game.apiProcesses + 4 * workers + game.partitions) * brokers;
  const eventCores = (matches * figure("eventCpu")) / 1e6;
  return {
    joins,
    matches,
    waiting,
    ofPartition,
    transactionsOfPartition,
    transactions,
    workerCores,
    workers,
    brokerCores,
    brokers,
    eventCores,
    written,
    replicated: written * (game.replicas - 1),
    read,
    disk,
    memory,
    connections,
    records,
    rebuild,
  };
}

type Plan = ReturnType<typeof planned>;

const ROWS: readonly [what: string, of: (plan: Plan, game: Game) => string][] = [
  ["players", (_, { players }) => whole(players)],
  ["partitions, chosen", (_, { partitions }) => whole(partitions)],
  ["API processes, chosen", (_, { apiProcesses }) => whole(apiProcesses)],
  ["joins/s", ({ joins }) => whole(joins)],
  ["matches/s", ({ matches }) => whole(matches)],
  ["tickets that wait", ({ waiting }) => whole(waiting)],
  ["matches/s of a partition", ({ ofPartition }) => short(ofPartition)],
  ["transactions/s of a partition", ({ transactionsOfPartition }) => short(transactionsOfPartition)],
  ["transactions/s", ({ transactions }) => whole(transactions)],
  ["cores of all workers", ({ workerCores }) => short(workerCores)],
  ["**workers**", ({ workers }) => `**${whole(workers)}**`],
  ["cores of all brokers", ({ brokerCores }) => short(brokerCores)],
  ["**brokers** of 8 cores", ({ brokers }) => `**${whole(brokers)}**`],
  ["of a core, for events, in each API process", ({ eventCores }) => `${short(100 * eventCores)} %`],
  ["written by clients", ({ written }) => `${short(written / 1e6)} MB/s`],
  ["between brokers", ({ replicated }) => `${short(replicated / 1e6)} MB/s`],
  ["read by clients", ({ read }) => `${short(read / 1e6)} MB/s`],
  ["disk of all brokers", ({ disk }) => `${short(disk / 1e9)} GB`],
  ["heap of a worker", ({ memory }) => `${whole(memory / 1e6)} MB`],
  ["connections, at most", ({ connections }) => whole(connections)],
  ["records of a partition's log", ({ records }) => whole(records)],
  ["a partition works again after a kill", ({ rebuild }) => `${short(rebuild)} s`],
];

const SIZES: readonly Partial<Game>[] = [
  { players: 10_000, partitions: 6, apiProcesses: 2 },
  { players: 100_000, partitions: 6, apiProcesses: 5 },
  { players: 1_000_000, partitions: 12, apiProcesses: 50 },
  { players: 1_000_000, partitions: 48, apiProcesses: 50 },
  { players: 1_000_000, partitions: 12, apiProcesses: 50, tombstoneMinutes: 60 },
];

/** The worked examples as a table. */
export async function examples(): Promise<string> {
  const figure = figuresOf(await readFile(join(root, PAGE), "utf8"));
  const games = SIZES.map((size): Game => ({ ...GAME, ...size }));
  const plans = games.map((game) => planned(game, figure));
  const rows = ROWS.map(([what, of]) => [what, ...plans.map((plan, index) => of(plan, games[index]!))]);
  const titles = ["", "small", "middle", "**large**", "with more partitions", "with longer tombstones"];
  return [titles, titles.map((_, index) => (index === 0 ? "---" : "--:")), ...rows]
    .map((cells) => `| ${cells.join(" | ")} |`)
    .join("\n");
}

/** What the examples take for granted, as a list. */
export function assumptions(): Promise<string> {
  const cells = Object.entries(GAME).map(([name, value]) => `| \`${name}\` | ${short(value)} |`);
  return Promise.resolve(["| name | value |", "| --- | --: |", ...cells].join("\n"));
}

/** The figures of the table at the head of the page: a row begins with a name and a number. */
function figuresOf(page: string): Figure {
  const rows = page.matchAll(/^\| `(\w+)` +\| +([\d.,]+) +\|/gm);
  const figures = new Map(Array.from(rows, ([, name, value]) => [name, Number(value!.replaceAll(",", ""))]));
  return (name) => {
    const value = figures.get(name);
    if (value === undefined || Number.isNaN(value)) throw new Error(`${PAGE} has no figure ${name}`);
    return value;
  };
}

const sum = (one: number, other: number): number => one + other;
const whole = (value: number): string => Math.round(value).toLocaleString("en");
const short = (value: number): string =>
  value.toLocaleString("en", { maximumSignificantDigits: value < 1_000 ? 2 : 4 });

// As a program it plans one game, as `npx tsx scripts/kafka-capacity.ts players=200000 matchSeconds=1200`.
if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const game: Game = { ...GAME };
  for (const given of process.argv.slice(2)) {
    const [name = "", value = ""] = given.split("=");
    if (!(name in game) || !(Number(value) >= 0))
      throw new Error(`${given} is none of ${Object.keys(GAME).join(", ")}`);
    game[name as keyof Game] = Number(value);
  }
  const plan = planned(game, figuresOf(await readFile(join(root, PAGE), "utf8")));
  for (const [what, of] of ROWS)
    console.log(`${what.replaceAll("*", "")}: ${of(plan, game).replaceAll("*", "")}`);
}
