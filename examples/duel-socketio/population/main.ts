import { poolOf } from "@evenmatch/core/adapter";
import { checkHistory, describeViolations, readHistory, rng, type FinalState } from "@evenmatch/testkit";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerInfo } from "../src/protocol.js";
import { queueNames } from "../src/queues.js";
import { after } from "../src/time.js";
import { ClientProcess } from "./client-process.js";
import { Evening, isReached, type Goal } from "./evening.js";
import { settledState, since } from "./final-state.js";
import { optionsFrom, usage, type PopulationOptions } from "./options.js";
import { pause } from "./pause.js";
import { added, judgePromises } from "./promises.js";
import type { Counts } from "./record.js";
import { judgeSharing, type Sharing } from "./sharing.js";
import { targetOf, type Target } from "./target.js";

/** How long all that an evening waits for may take besides its seconds, in ms. */
const CAP = 300_000;

const options = readOptions();
const say = options.json ? (): void => {} : (text: string): void => console.log(text);
let target: Target | undefined;
try {
  target = await targetOf(options, say);
  process.exitCode = (await run(target, options)) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
} finally {
  await target?.close();
}

/** Plays, reads what is held in the end, and judges. True when all is well. */
async function run(target: Target, options: PopulationOptions): Promise<boolean> {
  const { urls, kept, finalState } = target;
  const { players, processes, seconds, seed, json } = options;
  const info = await infoOf(urls[0]!);
  const before = await finalState();
  say(
    `${players} players in ${processes} processes play for ${seconds} s and more at ${urls.join(" and ")}, seed ${seed}`,
  );
  const folder = await mkdtemp(join(tmpdir(), "evenmatch-population-"));
  const names = Array.from({ length: processes }, (_, index) => `client${index + 1}`);
  const logs = names.map((name) => join(folder, `${name}.jsonl`));
  const evening = new Evening();
  const progress = progressOf(evening);
  const clients = names.map((name, index) => {
    const share = Math.floor(players / processes) + (index < players % processes ? 1 : 0);
    const task = { urls, info, log: logs[index]!, name, players: share, seconds, seed };
    return new ClientProcess(task, (report) => {
      evening.take(name, report);
      progress();
    });
  });
  const done = Promise.all(clients.map((client) => client.done)).finally(() => evening.end());
  const playing = Promise.all([done, play(target, options, { before, evening, clients })]);
  const [dones, { killed, calm, goals }] = await playing.finally(() =>
    clients.forEach((client) => client.kill()),
  );
  const final = since(before, await settledState(finalState));
  const history = await readHistory(...logs);

  const absent = dones.flatMap((done) => done.absent);
  const verdict = checkHistory(history, final, { absent });
  const failures = dones.flatMap((done) => done.failures);
  const waits = sorted(dones.flatMap((done) => done.waits));
  const joinTimes = sorted(dones.flatMap((done) => done.joinTimes));
  const { tickets, matched, left, expired, lost, doubled, unanswered, calls, told } = verdict.counts;
  const sum = (name: keyof Counts): number => dones.reduce((total, { counts }) => total + counts[name], 0);
  const released = final.matches.filter(({ state }) => state === "released").length;
  // A run in which most players never played shows nothing.
  const isVacuous = verdict.vacuous || tickets < players / 4;
  const promises = judgePromises(added(dones.map((done) => done.promises)));
  // Nobody promises how long one waits while the processes that know it are killed.
  const arePromisesKept = promises.ok || killed.length > 0;
  const sharing = kept && judgeSharing(since(calm, final), await kept.workers(), evening.seats);
  const missed = [...goals(), ...(sharing?.goals ?? [])].filter((goal) => !isReached(goal));
  const unsaved = (await kept?.unsaved()) ?? [];
  const repeats = sum("repeats");
  const problems = [
    ...(verdict.ok ? [] : [describeViolations(verdict)]),
    ...failures.slice(0, 5),
    ...(isVacuous ? ["Too little happened for the run to show anything."] : []),
    ...(arePromisesKept
      ? []
      : [`A p90 holds for 80 to 97 %, not for ${promises.percent} %, in ${promises.worst}.`]),
    ...missed.map(({ what, least, so }) => `Only ${so} of ${least} happened: ${what}.`),
    ...(sharing?.problems ?? []),
    ...(unsaved.length > 0
      ? [`${unsaved.length} matches are not in the record, such as ${unsaved[0]}.`]
      : []),
    ...(repeats > 0 ? [`${repeats} times a connection was told again of a match.`] : []),
  ];
  const ok = problems.length === 0;
  const result = {
    players,
    processes,
    seconds,
    seed,
    tickets,
    matched,
    left,
    expired,
    lost,
    doubled,
    matches: final.matches.length - released,
    // In how many regions somebody waited.
    regions: new Set(final.tickets.map(({ ticketId }) => poolOf(ticketId)?.region)).size,
    // How many were told of a match in each mode.
    ...Object.fromEntries(queueNames.map((name) => [name, sum(name)])),
    released,
    drops: sum("drops"),
    cuts: sum("cuts"),
    absent: absent.length,
    declines: sum("declines"),
    silent: sum("silent"),
    calls,
    unanswered,
    told,
    repeats,
    meanWaitMs: Math.round(waits.reduce((total, wait) => total + wait, 0) / Math.max(1, waits.length)),
    p95WaitMs: waits[Math.floor(waits.length * 0.95)] ?? 0,
    p50JoinMs: joinTimes[Math.floor(joinTimes.length * 0.5)] ?? 0,
    p95JoinMs: joinTimes[Math.floor(joinTimes.length * 0.95)] ?? 0,
    p90Promised: promises.promised,
    p90HeldPercent: promises.percent,
    p90Pools: promises.pools,
    p90Worst: promises.worst,
    ...(sharing && { ...sharesOf(sharing), unsaved: unsaved.length, kills: killed.length }),
    violations: verdict.violations.length,
    failures: failures.length,
    vacuous: isVacuous,
    ok,
  };
  if (ok) await rm(folder, { recursive: true });
  else console.error(`What the players saw is in ${folder}.`);
  if (json) console.log(JSON.stringify(result));
  else for (const [name, value] of Object.entries(result)) console.log(`${name.padEnd(14)} ${value}`);
  for (const problem of problems) console.error(problem);
  say(
    ok
      ? `The history holds: nothing lost, nothing doubled (seed ${seed}).`
      : `The run failed; replay it with --seed ${seed}.`,
  );
  return ok;
}

interface Play {
  readonly before: FinalState;
  readonly evening: Evening;
  readonly clients: readonly ClientProcess[];
}

/** Sees an evening through until enough has happened; resolves when everybody is sent home. */
async function play(
  { kept, finalState, disturb }: Target,
  { players, seconds, seed, cluster, kills, until }: PopulationOptions,
  { before, evening, clients }: Play,
): Promise<{ killed: string[]; calm: FinalState; goals: () => Goal[] }> {
  const killed: string[] = [];
  let calm = before;
  const stay = async (): Promise<void> => {
    await evening.until(() => evening.sum("arrived") >= players);
    await pause(seconds * 1_000, evening.over);
  };
  const suffer = async (): Promise<void> => {
    if (!disturb) return;
    await disturb({ evening, rng: rng(seed).fork("chaos"), killed });
    // How the work is shared while half of those who share it are down says nothing.
    calm = await finalState();
    evening.seats.clear();
    for (const client of clients) client.sendCalm();
  };
  const goals = (): Goal[] => [
    { what: "players arrived", least: players, so: evening.sum("arrived") },
    ...(cluster ? [{ what: "processes were killed", least: kills, so: killed.length }] : []),
    ...until.map(([name, least]) => ({ what: name, least, so: evening.sum(name) })),
  ];
  const cancel = after(seconds * 1_000 + CAP, () => evening.end());
  try {
    await Promise.all([stay(), suffer()]);
    await evening.until(() => goals().every(isReached));
    if (kept)
      await evening.until(async () => {
        const state = since(calm, await finalState());
        return judgeSharing(state, await kept.workers(), evening.seats).goals.every(isReached);
      });
  } finally {
    cancel();
    evening.end();
    for (const client of clients) client.sendHome();
  }
  return { killed, calm, goals };
}

function sorted(numbers: number[]): number[] {
  return numbers.sort((one, other) => one - other);
}

function sharesOf({ workers, crossingPercent, known }: Sharing): object {
  return {
    ...Object.fromEntries(Object.entries(workers).map(([name, percent]) => [`${name}Percent`, percent])),
    crossingPercent,
    crossingKnown: known,
  };
}

async function infoOf(url: string): Promise<ServerInfo> {
  const response = await fetch(`${url}/api/info`).catch(() => undefined);
  if (!response?.ok) throw new Error(`No server of this example answers at ${url}.`);
  const info = (await response.json()) as ServerInfo;
  if (info.showsFinalState && info.bots === 0) return info;
  throw new Error(
    "The history can only be judged against all that the server holds, of these players alone. Start it with\n" +
      "EVENMATCH_DUMP=1 BOTS=0 SIGN_INS_PER_MINUTE=0 ALLOW_RATING=1 npm start",
  );
}

/** Says how all client processes together are doing, whenever it has changed. */
function progressOf(evening: Evening): () => void {
  let shown = "";
  return () => {
    const [connected, joins, told] = [evening.sum("connected"), evening.sum("joins"), evening.sum("matches")];
    const line = `${connected} connected, ${joins} joins, ${told} told of a match`;
    if (line !== shown) say(line);
    shown = line;
  };
}

function readOptions(): PopulationOptions {
  try {
    return optionsFrom(process.argv.slice(2));
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
    process.exit(1);
  }
}
