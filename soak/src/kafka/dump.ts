import { setTimeout as pause } from "node:timers/promises";
import { consoleConsumer, type Brokers, type KafkaFlavour } from "@evenmatch/services";
import type { Dump } from "../cluster/ground.js";
import { LogView } from "./log-view.js";

/** How long the console consumer waits for more than it has, in ms. On a busy machine it may take that long to begin. */
const QUIET = [3_000, 6_000, 12_000];

/**
 * What the logs say, read by Kafka's own console consumer alone, which sees what transactions have committed.
 *
 * @param known how many tickets and matches there are at least
 * @throws Error when it does not see so many
 */
export async function dump(
  server: Brokers & { readonly flavour: KafkaFlavour },
  logs: RegExp,
  known: number,
): Promise<Dump> {
  let seen = 0;
  for (const quietMs of QUIET) {
    const view = new LogView();
    for (const record of await consoleConsumer(server, logs, { quietMs })) view.add(record);
    if (view.size >= known) return view.dump();
    seen = view.size;
    await pause(100);
  }
  throw new Error(`the console consumer sees ${seen} tickets and matches of ${known}`);
}
