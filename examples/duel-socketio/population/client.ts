import { setMaxListeners } from "node:events";
import { rng } from "@evenmatch/testkit";
import type { ServerInfo } from "../src/protocol.js";
import { every } from "../src/time.js";
import { Gate } from "./gate.js";
import { householdsOf, paceOf } from "./habits.js";
import { live } from "./life.js";
import type { Promises } from "./promises.js";
import { Record, type Counts, type Seats } from "./record.js";

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

/** What it sends later: that no process will be killed any more, and that everybody is to go home. */
export interface Order {
  readonly type: "calm" | "home";
}

/** What a client process sends: how it goes, and once what came of it. `seats` are those since it last sent some. */
export type Report =
  | { readonly type: "progress"; readonly counts: Counts; readonly seats: Seats }
  | {
      readonly type: "done";
      readonly counts: Counts;
      readonly seats: Seats;
      readonly waits: readonly number[];
      readonly joinTimes: readonly number[];
      readonly promises: Promises;
      readonly absent: readonly string[];
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
  let isCalm = false;
  process.on("message", ({ type }: Order) => {
    if (type === "home") evening.abort();
    else {
      isCalm = true;
      // From here on they are those of players who sit where they like.
      record.takeSeats();
    }
  });
  // Nobody is there any more who could send them home.
  process.once("disconnect", () => evening.abort());
  const progress = (): void => send({ type: "progress", counts: record.counts, seats: record.takeSeats() });
  const stop = every(1_000, progress);
  const doors = { urls, info, record, gate: new Gate(WIDTH) };
  const world = { ...doors, pace, evening: evening.signal, nightfall, isCalm: () => isCalm };
  const households = householdsOf(players, rng(seed).fork(name), pace);
  const failures: string[] = [];
  await Promise.all(
    households.map((household, index) =>
      live(household, `${name}-${index + 1}`, world).catch((error: unknown) => failures.push(String(error))),
    ),
  );
  stop();
  const { connected } = record.counts;
  if (connected !== 0) failures.push(`${connected} connections were left open by ${name}`);
  await record.close();
  const { counts, waits, joinTimes, promises, absent } = record;
  const seats = record.takeSeats();
  // All of it is long: what has not gone out when the channel closes is lost.
  const out = new Promise((resolve) =>
    send({ type: "done", counts, seats, waits, joinTimes, promises, absent, failures }, resolve),
  );
  await out;
  if (process.connected) process.disconnect();
}

function send(report: Report, sent: (error: Error | null) => void = () => {}): void {
  process.send?.(report, sent);
}
