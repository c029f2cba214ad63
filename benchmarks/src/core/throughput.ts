import { Matchmaker, OneVsOne, type JoinRequest } from "@evenmatch/core";
import { median, settle, stopwatch, turn } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { BareLoop } from "./bare-loop.js";
import { MAX_GAP } from "./strategies.js";
import { arrivals, regions, requests } from "./traces.js";

const JOINS = 200_000;
const SEED = 7_411;
const ROUNDS = 5;

/** Joins issued in one turn of the event loop, and joins without an answer at which the caller pauses. */
const BURST = 1_000;
const IN_FLIGHT = 5_000;

/** A matchmaker as this row uses one: ours or the bare loop. */
interface Side {
  join(request: JoinRequest): Promise<unknown>;
  onMatch(listener: () => void): unknown;
  onError(listener: (error: unknown) => void): unknown;
  /** How many tickets wait. */
  waiting(): number;
  close(): Promise<void>;
}

/** Who waits all the while in {@link throughputInUse}, in all regions together, and how far they are apart. */
const CROWD = 10_000;
const APART = 10 * MAX_GAP;

/** Joins in, `match` events out: matched tickets a second, until nobody is left who can be matched. */
export const throughput = row("matchmaker.throughput", 0);

/** The same beside people who wait because nobody is near them: half of them rated below all others, half above. */
export const throughputInUse = row("matchmaker.throughput.in-use", CROWD);

function row(name: string, crowd: number): Row {
  return {
    name,
    unit: "joins/s",
    goal: { of: "ratio", bound: "at least", limit: 0.22 },
    strength: { bound: "at least", limit: 225_000, known: 450_000 },
    measure: () => compare(crowdOf(crowd)),
  };
}

function crowdOf(count: number): JoinRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const rating = (index % 2 === 0 ? 1 : -1) * (1_000_000 + index * APART);
    return {
      region: regions[Math.floor(index / 2) % regions.length]!,
      players: [{ id: `crowd-${index}`, rating }],
    };
  });
}

async function compare(crowd: readonly JoinRequest[]): Promise<Measurement> {
  const trace = requests(arrivals(JOINS, SEED));
  const ours: number[] = [];
  const reference: number[] = [];
  let left = "";
  for (let round = -1; round < ROUNDS; round++) {
    const bare = await run(bareSide(), trace, crowd);
    const whole = await run(await ourSide(), trace, crowd);
    left = `${figure(JOINS)} joins a round; ${whole.waiting} could not be matched, ${bare.waiting} in the bare loop`;
    if (round < 0) continue;
    reference.push(bare.perSecond);
    ours.push(whole.perSecond);
  }
  return { ours: median(ours), reference: median(reference), notes: [left] };
}

async function run(
  side: Side,
  trace: readonly JoinRequest[],
  crowd: readonly JoinRequest[],
): Promise<{ perSecond: number; waiting: number }> {
  await Promise.all(crowd.map((request) => side.join(request)));
  while (side.waiting() < crowd.length) await turn();
  await settle();
  let matched = 0;
  let unanswered = 0;
  let failure: unknown;
  const answered = (): number => unanswered--;
  const failed = (error: unknown): unknown => (failure ??= error);
  side.onMatch(() => (matched += 2));
  side.onError(failed);
  const elapsed = stopwatch();
  for (let next = 0; next < trace.length;) {
    while (unanswered >= IN_FLIGHT) await turn();
    const end = Math.min(next + BURST, trace.length);
    for (; next < end; next++) {
      unanswered++;
      side.join(trace[next]!).then(answered, failed);
    }
    await turn();
    if (failure !== undefined) throw failure as Error;
  }
  while (matched + side.waiting() < trace.length + crowd.length && failure === undefined) await turn();
  if (failure !== undefined) throw failure as Error;
  const seconds = elapsed() / 1_000;
  const waiting = side.waiting() - crowd.length;
  await side.close();
  return { perSecond: matched / seconds, waiting };
}

async function ourSide(): Promise<Side> {
  const matchmaker = new Matchmaker({ queues: { classic: new OneVsOne({ maxRatingGap: MAX_GAP }) } });
  await matchmaker.start();
  return {
    join: (request) => matchmaker.join("classic", request),
    onMatch: (listener) => matchmaker.on("match", listener),
    onError: (listener) => matchmaker.on("error", ({ data }) => listener(data.error)),
    waiting: () => matchmaker.health().waiting,
    close: () => matchmaker.close(),
  };
}

function bareSide(): Side {
  const bare = new BareLoop(MAX_GAP);
  return {
    join: (request) => bare.join(request),
    onMatch: (listener) => bare.onMatch(listener),
    onError: () => undefined,
    waiting: () => bare.waiting,
    close: () => Promise.resolve(),
  };
}
