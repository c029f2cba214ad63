import { randomBytes, randomInt } from "node:crypto";
import { z } from "zod";

const whole = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, "is a whole number")
    .transform(Number)
    .pipe(z.number().min(least, `is at least ${least}`).max(most, `is at most ${most}`));

const flag = z.enum(["0", "1"], "is 0 or 1").transform((text) => text === "1");

const environment = z.object({
  PORT: whole(0, 65_535).optional(),
  HOST: z.string().min(1, "names an address").optional(),
  BOTS: whole(0, 500).optional(),
  BOT_REST_MS: whole(50, 600_000).optional(),
  BOT_SEED: whole(0, 2 ** 32 - 1).optional(),
  ACCEPT_MS: whole(100, 600_000).optional(),
  FILL_MS: whole(100, 3_600_000).optional(),
  TOKEN_SECRET: z.string().min(32, "has at least 32 characters").optional(),
  GRACE_MS: whole(0, 600_000).optional(),
  JOINS_PER_MINUTE: whole(0, 1_000_000).optional(),
  SIGN_INS_PER_MINUTE: whole(0, 1_000_000).optional(),
  ALLOW_RATING: flag.optional(),
  EVENMATCH_DUMP: flag.optional(),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/, error: "is postgres://user:password@host/database" })
    .optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: "is redis://user:password@host:6379/0" }).optional(),
  REDIS_PREFIX: z
    .string()
    .regex(/^[\w.:-]{1,48}$/, "is 1 to 48 letters, digits and _ - . :")
    .optional(),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,]+:\d{1,5}(,[^\s,]+:\d{1,5})*$/, "is host:port, several with commas between")
    .transform((text) => text.split(","))
    .optional(),
  KAFKA_PREFIX: z
    .string()
    .regex(/^[\w-]{1,48}$/, "is 1 to 48 letters, digits and _ -")
    .optional(),
  ROLE: z.enum(["all", "api", "worker"], "is all, api or worker").optional(),
  PROCESS_NAME: z.string().max(64, "has at most 64 characters").optional(),
  HEARTBEAT_MS: whole(1_000, 600_000).optional(),
});

export interface Config {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  readonly bots: number;
  /** How long a bot rests after a match, at least. */
  readonly botRestMs: number;
  /** What bots decide follows from it. */
  readonly botSeed: number;
  /** How long players have to accept, where a mode asks them. */
  readonly acceptMs: number;
  /** How long a tournament collects players before it takes the size it has. */
  readonly fillMs: number;
  /** Signs the tokens. */
  readonly tokenSecret: string;
  /** The secret was made for this start alone: tokens end with the process. */
  readonly isSecretMade: boolean;
  /** How long the ticket of a player stays who has lost every connection. */
  readonly graceMs: number;
  /** Joins a minute and player; 0 is no limit. */
  readonly joinsPerMinute: number;
  /** Sign-ins a minute and address; 0 is no limit. */
  readonly signInsPerMinute: number;
  /** A client may say its rating when it signs in: for tests and populations. */
  readonly allowRating: boolean;
  /** GET /api/debug/final-state shows every ticket and match: for tests and populations. */
  readonly showFinalState: boolean;
  /** Where several processes keep everything together; in this one's memory when left out. */
  readonly databaseUrl: string | undefined;
  /** The same, in a Redis. */
  readonly redisUrl: string | undefined;
  /** What all keys in that Redis begin with. */
  readonly redisPrefix: string;
  /** Where tickets and events are, beside that database. */
  readonly kafkaBrokers: readonly string[] | undefined;
  /** What the names of all topics and groups there begin with. */
  readonly kafkaPrefix: string;
  /** Whether this process talks to players, runs pools, or does both. */
  readonly role: "all" | "api" | "worker";
  /** What this process is called where it has to be told from others. */
  readonly name: string;
  /** The ticket of players whose process has died expires after so long. */
  readonly heartbeatMs: number;
}

/** How long ended tickets are kept where the final state is shown, in ms. */
export const KEEP_ALL = 24 * 60 * 60 * 1000;

/** A ticket outlives the grace period of its players so many times, at least. */
const HEARTBEATS = 3;
const LEAST_HEARTBEAT = 15_000;

/** Reads the configuration; throws one error that names every variable that is wrong. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  // A variable that is set to nothing is not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
  const { success, data, error } = environment.safeParse(given);
  if (!success) throw new ConfigError(error.issues);
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, KAFKA_BROKERS: kafkaBrokers } = data;
  const { ROLE: role = "all", GRACE_MS: graceMs = 5_000 } = data;
  if (databaseUrl !== undefined && redisUrl !== undefined)
    throw new ConfigError([{ path: ["REDIS_URL"], message: "is in place of DATABASE_URL; set one of them" }]);
  if (kafkaBrokers !== undefined && databaseUrl === undefined) {
    const message = "has tickets and events alone; set DATABASE_URL, too, for all else";
    throw new ConfigError([{ path: ["KAFKA_BROKERS"], message }]);
  }
  if (role !== "all" && databaseUrl === undefined && redisUrl === undefined) {
    const message = "is only for processes that share a DATABASE_URL or a REDIS_URL";
    throw new ConfigError([{ path: ["ROLE"], message }]);
  }
  if (role === "api" && data.TOKEN_SECRET === undefined)
    throw new ConfigError([
      { path: ["TOKEN_SECRET"], message: "is the same for all processes of ROLE=api; set it" },
    ]);
  return {
    port: data.PORT ?? 3000,
    host: data.HOST ?? "127.0.0.1",
    bots: data.BOTS ?? 24,
    // A bot that rests less is held by the limit of joins.
    botRestMs: data.BOT_REST_MS ?? 6_500,
    botSeed: data.BOT_SEED ?? randomInt(2 ** 32),
    acceptMs: data.ACCEPT_MS ?? 10_000,
    fillMs: data.FILL_MS ?? 20_000,
    tokenSecret: data.TOKEN_SECRET ?? randomBytes(32).toString("hex"),
    isSecretMade: data.TOKEN_SECRET === undefined,
    graceMs,
    joinsPerMinute: data.JOINS_PER_MINUTE ?? 10,
    signInsPerMinute: data.SIGN_INS_PER_MINUTE ?? 60,
    allowRating: data.ALLOW_RATING ?? false,
    showFinalState: data.EVENMATCH_DUMP ?? false,
    databaseUrl,
    redisUrl,
    redisPrefix: data.REDIS_PREFIX ?? "duel",
    kafkaBrokers,
    kafkaPrefix: data.KAFKA_PREFIX ?? "duel",
    role,
    name: data.PROCESS_NAME ?? `${role}-${process.pid}`,
    heartbeatMs: data.HEARTBEAT_MS ?? Math.max(LEAST_HEARTBEAT, HEARTBEATS * graceMs),
  };
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(issues: readonly Pick<z.core.$ZodIssue, "path" | "message">[]) {
    const lines = issues.map(({ path, message }) => `  ${path.join(".")} ${message}`);
    super(`The environment does not make a configuration:\n${lines.join("\n")}`);
  }
}
