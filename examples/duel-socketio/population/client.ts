import { setMaxListeners } from "node:events";
import { rng } from "@evenmatch/testkit";
import type { ServerInfo } from "../src/protocol.js";
import { after, every } from "../src/time.js";
import { Gate } from "./gate.js";
import { householdsOf, paceOf } from "./habits.js";
import { live } from "./life.js";
import type { Promises } from "./promises.js";
import { Record, type Counts } from "./record.js";

/** What the parent process sends to one client process. */
export interface Task {
  /** Those of every process that talks to players. */
  readonly urls: readonly string[];
  readonly info: ServerInfo;
  readonly log: string;
  readonly name: string;
  readonly players: number;
  readonly seconds: number;
  readonly seed: number;
}

/** What a client process sends: how it goes, and once what came of it. */
export type Report =
  | { readonly type: "progress"; readonly counts: Counts }
  | {
      readonly type: "done";
      readonly counts: Counts;
      readonly waits: readonly number[];
      readonly joinTimes: readonly number[];
      readonly modes: Record["modes"];
      readonly promises: Promises;
      readonly absent: readonly string[];
      /** Who sat where, by ticket: numbers of the processes that its players joined at. */
      readonly seats: Record["seats"];
      readonly failures: readonly string[];
    };

/** How many of one process sign in or connect at once. */
const WIDTH = 32;

process.once("message", (task) => void run(task as Task));

async function run({ urls, info, log, name, players, seconds, seed }: Task): Promise<void> {
  const record = new Record(log, name);
  const pace = paceOf(seconds);
  const evening = new AbortController();
  // Everybody waits for the one evening.
  setMaxListeners(Infinity, evening.signal);
  const nightfall = new Promise<void>((resolve) => evening.signal.addEventListener("abort", () => resolve()));
  const cancel = after(seconds * 1_000, () => evening.abort());
  const stop = every(1_000, () => send({ type: "progress", counts: record.counts }));
  const world = { urls, info, record, gate: new Gate(WIDTH), pace, evening: evening.signal, nightfall };
  const households = householdsOf(players, rng(seed).fork(name), pace);
  const failures: string[] = [];
  await Promise.all(
    households.map((household, index) =>
      live(household, `${name}-${index + 1}`, world).catch((error: unknown) => failures.push(String(error))),
    ),
  );
  cancel();
  stop();
  const { connected } = record.counts;
  if (connected !== 0) failures.push(`${connected} connections were left open by ${name}`);
  await record.close();
  const { counts, waits, joinTimes, modes, promises, absent, seats } = record;
  // All of it is long: what has not gone out when the channel closes is lost.
  const out = new Promise((resolve) =>
    send({ type: "done", counts, waits, joinTimes, modes, promises, absent, seats, failures }, resolve),
  );
  await out;
  process.disconnect();
}

function send(report: Report, sent: (error: Error | null) => void = () => {}): void {
  process.send?.(report, sent);
}
