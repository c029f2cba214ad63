import { randomBytes } from "node:crypto";
import { z } from "zod";

const number = (fallback: number, least: number, most: number) =>
  z.coerce
    .number("is a number")
    .int("is a whole number")
    .min(least, `is at least ${least}`)
    .max(most, `is at most ${most}`)
    .default(fallback);

const DAY_MINUTES = 24 * 60;
const MOST_MS = 600_000;

/** Every variable, and what it is when it is not set. */
const environment = z.object({
  PORT: number(3000, 0, 65_535),
  HOST: z.string().default("127.0.0.1"),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: "is redis://user:password@host:port" })
    .default("redis://127.0.0.1:6379"),
  KEY_PREFIX: z
    .string()
    .regex(/^[\w-]{1,32}$/, "has 1 to 32 letters, digits, _ or -")
    .default("practice"),
  TOKEN_SECRET: z.string().min(32, "has at least 32 characters").optional(),
  MEMBER_CODE: z.string().min(8, "has at least 8 characters").optional(),
  PAYING_FIRST: z
    .enum(["0", "1"], "is 0 or 1")
    .default("0")
    .transform((flag) => flag === "1"),
  BOOST_AFTER_MS: number(120_000, 1, 3_600_000),
  PARTNER_REST_MINUTES: number(DAY_MINUTES, 1, 365 * DAY_MINUTES),
  GRACE_MS: number(1_000, 0, MOST_MS),
  HEARTBEAT_MS: number(30_000, 1_000, MOST_MS),
  JOINS_PER_MINUTE: number(10, 0, 1_000_000),
  SIGN_INS_PER_MINUTE: number(60, 0, 1_000_000),
  ROOM_KEEP_DAYS: number(30, 1, 3_650),
  PROCESS_NAME: z.string().max(64, "has at most 64 characters").default(`server-${process.pid}`),
});

/** What an operator may set. */
export interface Config {
  /** 0: any free port. */
  readonly port: number;
  readonly host: string;
  readonly redisUrl: string;
  /** Everything that this service keeps on Redis has it in its name. */
  readonly keyPrefix: string;
  /** Signs the sessions; the same for every server. */
  readonly tokenSecret: string;
  /** The secret was made for this start alone: sessions end with the process, and no other takes them. */
  readonly isSecretMade: boolean;
  /** Who signs in with it is a paying member; there are none where it is not set. */
  readonly memberCode: string | undefined;
  /** Paying members go before others. */
  readonly payingFirst: boolean;
  /** Who has waited so long goes with the first, paying or not. */
  readonly boostAfterMs: number;
  /** Two who have practised together do not meet again for so long. */
  readonly partnerRestMs: number;
  /** The place of somebody who has lost every connection stays so long. */
  readonly graceMs: number;
  /** The place of somebody whose server has died stays so long. */
  readonly heartbeatMs: number;
  /** For each person; 0 is no limit. */
  readonly joinsPerMinute: number;
  /** For each address; 0 is no limit. */
  readonly signInsPerMinute: number;
  /** How long the record of a room is kept. */
  readonly roomKeepMs: number;
  /** What this process is called where it is told from others. */
  readonly name: string;
}

/** Reads the configuration; throws one error that names every variable that is wrong. */
export function configFrom(env: Readonly<Record<string, string | undefined>>): Config {
  // A variable that is set to nothing is not set.
  const { success, data, error } = environment.safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== "")),
  );
  if (!success) throw new ConfigError(error.issues);
  return {
    port: data.PORT,
    host: data.HOST,
    redisUrl: data.REDIS_URL,
    keyPrefix: data.KEY_PREFIX,
    tokenSecret: data.TOKEN_SECRET ?? randomBytes(32).toString("hex"),
    isSecretMade: data.TOKEN_SECRET === undefined,
    memberCode: data.MEMBER_CODE,
    payingFirst: data.PAYING_FIRST,
    boostAfterMs: data.BOOST_AFTER_MS,
    partnerRestMs: data.PARTNER_REST_MINUTES * 60_000,
    graceMs: data.GRACE_MS,
    heartbeatMs: data.HEARTBEAT_MS,
    joinsPerMinute: data.JOINS_PER_MINUTE,
    signInsPerMinute: data.SIGN_INS_PER_MINUTE,
    roomKeepMs: data.ROOM_KEEP_DAYS * DAY_MINUTES * 60_000,
    name: data.PROCESS_NAME,
  };
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";

  constructor(issues: readonly z.core.$ZodIssue[]) {
    const wrong = issues.map(({ path, message }) => `${path.join(".")} ${message}`);
    super(`These variables of the environment cannot be meant: ${wrong.join("; ")}.`);
  }
}
