import { parseArgs } from "node:util";
import { z } from "zod";
import { signInPayload } from "../src/protocol.js";
import { modes, queueNames, regions } from "../src/queues.js";
import type { Place } from "../src/seats.js";

const width = Math.max(...queueNames.map((name) => name.length));

export const usage = `npm run client -- --name NAME --mode MODE [--region eu] [--url http://127.0.0.1:3000]

${queueNames.map((name) => `  ${name.padEnd(width)}  ${modes[name].rule}`).join("\n")}

Regions: ${regions.join(", ")}. Ready checks are accepted by themselves; Ctrl-C leaves.`;

const schema = z.object({
  name: signInPayload.shape.name,
  mode: z.enum(queueNames, `is one of ${queueNames.join(", ")}`),
  region: z.enum(regions, `is one of ${regions.join(", ")}`).default("eu"),
  url: z
    .url({ protocol: /^https?$/, error: "is http://host:port" })
    .transform((url) => url.replace(/\/+$/, ""))
    .default("http://127.0.0.1:3000"),
});

export interface ClientOptions {
  readonly name: string;
  readonly place: Place;
  readonly url: string;
}

/** Reads the command line; throws an error that says what is wrong with it. */
export function optionsFrom(args: readonly string[]): ClientOptions {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...args],
    options: { name: text, mode: text, region: text, url: text },
  });
  for (const needed of ["name", "mode"] as const)
    if (values[needed] === undefined) throw new Error(`--${needed} is missing`);
  const { success, data, error } = schema.safeParse(values);
  if (!success)
    throw new Error(error.issues.map(({ path, message }) => `--${path.join(".")}: ${message}`).join("\n"));
  const { name, mode: queue, region, url } = data;
  return { name, place: { queue, region }, url };
}
