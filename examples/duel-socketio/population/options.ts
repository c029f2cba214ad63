import { newSeed } from "@evenmatch/testkit";
import { parseArgs } from "node:util";
import { z } from "zod";

export const usage = `npm run population -- [--url URL] [--players 5000] [--processes 2] [--seconds 60] [--seed N] [--json]

Without --url it starts a server of its own. A server that is given has to be started with
EVENMATCH_DUMP=1 BOTS=0 SIGN_INS_PER_MINUTE=0 ALLOW_RATING=1`;

const whole = (least: number, most: number) =>
  z.string().regex(/^\d+$/, "is a whole number").transform(Number).pipe(z.number().min(least).max(most));

const schema = z.object({
  url: z.url({ protocol: /^https?$/ }).optional(),
  players: whole(10, 100_000).optional(),
  processes: whole(2, 64).optional(),
  seconds: whole(3, 3_600).optional(),
  seed: whole(0, 2 ** 32 - 1).optional(),
  json: z.boolean().optional(),
});

export interface PopulationOptions {
  readonly url: string | undefined;
  readonly players: number;
  readonly processes: number;
  readonly seconds: number;
  readonly seed: number;
  readonly json: boolean;
}

/** Reads the command line; throws an error that says what is wrong with it. */
export function optionsFrom(args: readonly string[]): PopulationOptions {
  const text = { type: "string" } as const;
  const options = {
    url: text,
    players: text,
    processes: text,
    seconds: text,
    seed: text,
    json: { type: "boolean" },
  } as const;
  const { success, data, error } = schema.safeParse(parseArgs({ args: [...args], options }).values);
  if (!success)
    throw new Error(error.issues.map(({ path, message }) => `--${path.join(".")} ${message}`).join("\n"));
  return {
    url: data.url?.replace(/\/+$/, ""),
    players: data.players ?? 5_000,
    processes: data.processes ?? 2,
    seconds: data.seconds ?? 60,
    seed: data.seed ?? newSeed(),
    json: data.json ?? false,
  };
}
