import { newSeed } from "@evenmatch/testkit";
import { parseArgs } from "node:util";
import { z } from "zod";
import type { Kind } from "../cluster/own-place.js";
import { counted, type Counts } from "./record.js";

export const usage = `npm run population -- [--url URL]… [--players 5000] [--processes 2] [--seconds 60] [--seed N] [--json] [--until COUNT=N]…
npm run population -- --cluster [--redis | --kafka] [--kills 12] …

All play for so many seconds at least once everybody is there, and on until as much has happened as is asked for: so many
kills, on several processes as many matches as it takes to judge how they share the work, and of each COUNT so much:
${counted.join(", ")}.

Without --url it starts a server of its own, with --cluster two API processes and two workers on Postgres, with --redis on
Redis, with --kafka on Kafka and Postgres, of which it kills one after the other. A server that is given has to be started
with EVENMATCH_DUMP=1 BOTS=0 SIGN_INS_PER_MINUTE=0 ALLOW_RATING=1. One of several processes has a --url for each of those
that talk to players, and its database as --database URL, from which the end is read: postgres://… or redis://…, and where
KAFKA_BROKERS is set --brokers; --prefix where REDIS_PREFIX or KAFKA_PREFIX is.`;

const whole = (least: number, most: number) =>
  z.string().regex(/^\d+$/, "is a whole number").transform(Number).pipe(z.number().min(least).max(most));

const goal = z.string().transform((text, context): readonly [keyof Counts, number] => {
  const [, name, least] = /^(\w+)=(\d+)$/.exec(text) ?? [];
  const known = counted.find((one) => one === name);
  if (known) return [known, Number(least)];
  context.addIssue(`is a count and how much of it, such as matches=150, not ${text}`);
  return z.NEVER;
});

const schema = z.object({
  url: z.array(z.url({ protocol: /^https?$/ })).optional(),
  database: z.url({ protocol: /^(postgres(ql)?|rediss?)$/ }).optional(),
  brokers: z.string().optional(),
  prefix: z.string().optional(),
  cluster: z.boolean().optional(),
  redis: z.boolean().optional(),
  kafka: z.boolean().optional(),
  kills: whole(0, 1_000).optional(),
  players: whole(10, 100_000).optional(),
  processes: whole(2, 64).optional(),
  seconds: whole(3, 3_600).optional(),
  seed: whole(0, 2 ** 32 - 1).optional(),
  json: z.boolean().optional(),
  until: z.array(goal).optional(),
});

export interface PopulationOptions {
  /** Where to play; nowhere yet when empty. */
  readonly urls: readonly string[];
  /** What tells the processes behind these URLs where they keep everything, where there are several. */
  readonly place: Readonly<Record<string, string>> | undefined;
  /** Several processes are started for this run. */
  readonly cluster: boolean;
  /** Where they keep everything. */
  readonly kind: Kind;
  /** How many of them are killed on the way. */
  readonly kills: number;
  readonly players: number;
  readonly processes: number;
  /** How long they play at least, once everybody is there; how fast they come and live follows from it. */
  readonly seconds: number;
  /** What has to have happened so many times before they go home. */
  readonly until: readonly (readonly [keyof Counts, number])[];
  readonly seed: number;
  readonly json: boolean;
}

const KILLS = 12;

/** Reads the command line; throws an error that says what is wrong with it. */
export function optionsFrom(args: readonly string[]): PopulationOptions {
  const text = { type: "string" } as const;
  const options = {
    url: { type: "string", multiple: true },
    database: text,
    brokers: text,
    prefix: text,
    cluster: { type: "boolean" },
    redis: { type: "boolean" },
    kafka: { type: "boolean" },
    kills: text,
    players: text,
    processes: text,
    seconds: text,
    seed: text,
    json: { type: "boolean" },
    until: { type: "string", multiple: true },
  } as const;
  const { success, data, error } = schema.safeParse(parseArgs({ args: [...args], options }).values);
  if (!success)
    throw new Error(error.issues.map(({ path, message }) => `--${path.join(".")} ${message}`).join("\n"));
  const { url: urls = [], database, brokers, prefix, cluster = false, redis = false, kafka = false } = data;
  const isRedis = database?.startsWith("redis") ?? false;
  if (cluster && (urls.length > 0 || database !== undefined || brokers !== undefined))
    throw new Error("--cluster starts processes and a database of its own: leave --url and --database out");
  if (redis && kafka) throw new Error("--redis and --kafka are two places: choose one");
  if (!cluster && redis) throw new Error("--redis is for --cluster: elsewhere --database says it");
  if (!cluster && kafka) throw new Error("--kafka is for --cluster: elsewhere --brokers says it");
  if (brokers !== undefined && (database === undefined || isRedis))
    throw new Error("--brokers is needed with --database postgres://…: tickets alone are on Kafka");
  if (!isRedis && brokers === undefined && prefix !== undefined)
    throw new Error("--prefix is for --database redis://… and for --brokers");
  if (!cluster && data.kills !== undefined)
    throw new Error("--kills is for --cluster: nobody else's processes are killed");
  if (urls.length > 1 && database === undefined)
    throw new Error("--database is needed with several --url: what they share can only be read there");
  if (urls.length === 0 && database !== undefined)
    throw new Error("--url is needed with --database: which processes play on it");
  return {
    urls: urls.map((url) => url.replace(/\/+$/, "")),
    place: database === undefined ? undefined : placeOf(database, { isRedis, brokers, prefix }),
    cluster,
    kind: redis ? "redis" : kafka ? "kafka" : "postgres",
    kills: data.kills ?? KILLS,
    players: data.players ?? 5_000,
    processes: data.processes ?? 2,
    seconds: data.seconds ?? 60,
    seed: data.seed ?? newSeed(),
    json: data.json ?? false,
    until: data.until ?? [],
  };
}

interface Told {
  readonly isRedis: boolean;
  readonly brokers: string | undefined;
  readonly prefix: string | undefined;
}

function placeOf(url: string, { isRedis, brokers, prefix }: Told): Record<string, string> {
  if (isRedis) return { REDIS_URL: url, ...(prefix && { REDIS_PREFIX: prefix }) };
  if (brokers === undefined) return { DATABASE_URL: url };
  return { DATABASE_URL: url, KAFKA_BROKERS: brokers, ...(prefix && { KAFKA_PREFIX: prefix }) };
}
