import { newSeed } from "@evenmatch/testkit";
import { parseArgs } from "node:util";
import { z } from "zod";

export const usage = `npm run population -- [--url URL]… [--players 5000] [--processes 2] [--seconds 60] [--seed N] [--json]
npm run population -- --cluster [--redis] [--kills 12] …

Without --url it starts a server of its own, with --cluster two API processes and two workers on Postgres or, with --redis,
on Redis, of which it kills one after the other. A server that is given has to be started with
EVENMATCH_DUMP=1 BOTS=0 SIGN_INS_PER_MINUTE=0 ALLOW_RATING=1. One of several processes has a --url for each of those that
talk to players, and its database as --database URL, from which the end is read: postgres://… or redis://…, the latter with
--prefix where REDIS_PREFIX is set.`;

const whole = (least: number, most: number) =>
  z.string().regex(/^\d+$/, "is a whole number").transform(Number).pipe(z.number().min(least).max(most));

const schema = z.object({
  url: z.array(z.url({ protocol: /^https?$/ })).optional(),
  database: z.url({ protocol: /^(postgres(ql)?|rediss?)$/ }).optional(),
  prefix: z.string().optional(),
  cluster: z.boolean().optional(),
  redis: z.boolean().optional(),
  kills: whole(0, 1_000).optional(),
  players: whole(10, 100_000).optional(),
  processes: whole(2, 64).optional(),
  seconds: whole(3, 3_600).optional(),
  seed: whole(0, 2 ** 32 - 1).optional(),
  json: z.boolean().optional(),
});

export interface PopulationOptions {
  /** Where to play; nowhere yet when empty. */
  readonly urls: readonly string[];
  /** What tells the processes behind these URLs where they keep everything, where there are several. */
  readonly place: Readonly<Record<string, string>> | undefined;
  /** Several processes are started for this run. */
  readonly cluster: boolean;
  /** They keep everything in Redis. */
  readonly redis: boolean;
  /** How many of them are killed on the way. */
  readonly kills: number;
  readonly players: number;
  readonly processes: number;
  readonly seconds: number;
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
    prefix: text,
    cluster: { type: "boolean" },
    redis: { type: "boolean" },
    kills: text,
    players: text,
    processes: text,
    seconds: text,
    seed: text,
    json: { type: "boolean" },
  } as const;
  const { success, data, error } = schema.safeParse(parseArgs({ args: [...args], options }).values);
  if (!success)
    throw new Error(error.issues.map(({ path, message }) => `--${path.join(".")} ${message}`).join("\n"));
  const { url: urls = [], database, prefix, cluster = false, redis = false } = data;
  const isRedis = database?.startsWith("redis") ?? false;
  if (cluster && (urls.length > 0 || database !== undefined))
    throw new Error("--cluster starts processes and a database of its own: leave --url and --database out");
  if (!cluster && redis) throw new Error("--redis is for --cluster: elsewhere --database says it");
  if (!isRedis && prefix !== undefined) throw new Error("--prefix is for --database redis://…");
  if (!cluster && data.kills !== undefined)
    throw new Error("--kills is for --cluster: nobody else's processes are killed");
  if (urls.length > 1 && database === undefined)
    throw new Error("--database is needed with several --url: what they share can only be read there");
  if (urls.length === 0 && database !== undefined)
    throw new Error("--url is needed with --database: which processes play on it");
  return {
    urls: urls.map((url) => url.replace(/\/+$/, "")),
    place: database === undefined ? undefined : placeOf(database, isRedis, prefix),
    cluster,
    redis,
    kills: data.kills ?? KILLS,
    players: data.players ?? 5_000,
    processes: data.processes ?? 2,
    seconds: data.seconds ?? 60,
    seed: data.seed ?? newSeed(),
    json: data.json ?? false,
  };
}

function placeOf(url: string, isRedis: boolean, prefix: string | undefined): Record<string, string> {
  return isRedis ? { REDIS_URL: url, ...(prefix && { REDIS_PREFIX: prefix }) } : { DATABASE_URL: url };
}
