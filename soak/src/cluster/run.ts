import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Millis } from "@evenmatch/core";
import {
  checkHistory,
  readHistory,
  rng,
  type HistoryEntry,
  type Seed,
  type Verdict,
} from "@evenmatch/testkit";
import type { Crowd } from "../bots/population.js";
import { bundle } from "../bundle.js";
import { BotsProcess } from "./bots-process.js";
import type { Ground, GroundKind, Mix } from "./ground.js";
import { judge, ungrouped } from "./judge.js";
import { planFaults, type StruckFault } from "./plan.js";
import { Servers } from "./servers.js";
import { Striker } from "./striker.js";

/** What to run. */
export interface RunOptions {
  readonly kind: GroundKind;
  /** Who comes, what they do, and what fails when follows from it; real time does not. */
  readonly seed: Seed;
  /** Which faults; chosen by the seed when left out. */
  readonly mix?: Mix;
  /** That of the kind when left out, or {@link CROWD}. */
  readonly crowd?: Crowd;
  /** Where the bundled programs are, for several runs; bundled for this one when left out. */
  readonly programs?: Programs;
  /** Leaves what the callers of a run saw that is not ok, for who looks into it. */
  readonly leavesEvidence?: boolean;
}

/** The programs of a kind of ground, bundled. */
export interface Programs {
  readonly server: string;
  readonly bots: string;
}

/** What a run came to. */
export interface ClusterReport {
  readonly seed: Seed;
  readonly mix: string;
  /** The history is sound, nothing happened that no fault explains, and the run counts. */
  readonly ok: boolean;
  readonly verdict: Verdict;
  /** What no fault explains. */
  readonly flaws: readonly string[];
  /** Why the run shows too little, if it does. */
  readonly shortfalls: readonly string[];
  readonly faults: readonly StruckFault[];
  readonly kills: number;
  readonly cuts: number;
  /** How many callers had to ask for the end of their ticket, because nobody told them, by what it was. */
  readonly asked: Readonly<Record<string, number>>;
  /** The longest in which nobody was told of a match while people came, in ms. */
  readonly quietMs: Millis;
  /** Errors that matchmakers reported, by code. */
  readonly troubles: Readonly<Record<string, number>>;
  readonly tookMs: Millis;
  /** Of a run that is not ok, where it was asked for: the folder with what the callers saw, and what the store held in the end. */
  readonly evidence: string | undefined;
}

/** Enough for a run to count, in as little time as two cores take for it. */
export const CROWD: Crowd = { clients: 2_700, perSecond: 300 };

/** How long the callers may take to be content after the last have come, and the store to settle after that, in ms. */
const DRAIN: Millis = 60_000;
const SETTLE: Millis = 30_000;

/** Bundles the programs of a kind. */
export async function bundlePrograms({ program }: GroundKind): Promise<Programs> {
  const bots = resolve(import.meta.dirname, "../bots/main.ts");
  const [server, callers] = await Promise.all([bundle(program), bundle(bots)]);
  return { server, bots: callers };
}

/**
 * Runs server processes on a real store, callers in front of them, and faults between and inside of them; then
 * judges what the callers saw against what the store's own tools say that it holds.
 *
 * 1. The store starts, then the server processes: workers, which run pools, and others that own nothing.
 * 2. Callers come to all of them, in a process of their own, which writes down each call, its end, and what it is told.
 * 3. Faults strike by the plan of the seed. Killed processes come back, callers ask again, as people do.
 * 4. Callers come for as long as anything fails, and the last fifth of them after that: however slow a machine is, faults
 *    strike under load, and what they have left is played on. Then everybody waits until their ticket has ended.
 * 5. The processes close, the store is dumped, and {@link judge} looks at all of it.
 */
export async function run(options: RunOptions): Promise<ClusterReport> {
  const { kind, seed } = options;
  const { crowd = kind.crowd ?? CROWD } = options;
  const mix = options.mix ?? mixOf(kind, seed);
  const programs = options.programs ?? (await bundlePrograms(kind));
  const chance = rng(seed);
  const began = Date.now();
  const folder = await mkdtemp(join(tmpdir(), "evenmatch-soak-"));
  const ground = await kind.open(mix);
  const history = join(folder, "bots.jsonl");
  // Callers who never came have seen nothing: that is for the judge to say, not for the file system.
  await writeFile(history, "");
  const bots = new BotsProcess(programs.bots, history);
  let isKept = false;
  const servers = new Servers({
    ground,
    program: programs.server,
    roles: kind.roles,
    rng: chance.fork("servers"),
    onReady: (port) => bots.say({ type: "server", port }),
  });
  try {
    await servers.start();
    bots.say({ type: "play", seed, crowd });
    const length = (1_000 * crowd.clients) / crowd.perSecond;
    const striker = new Striker(servers, ground, chance.fork("striker"));
    await striker.run(planFaults(mix, chance.fork("faults"), length), length);
    bots.say({ type: "calm" });
    const content = await contentOf(bots, length + DRAIN, servers.flaws);
    await settle(ground, servers, history);
    await servers.close();
    const { final, flaws } = await ground.dump();
    const entries = await readHistory(history);
    const { lossWindows } = ground;
    const verdict = checkHistory(entries, final, { absent: content.absent, lossWindows });
    const remains = { verdict, entries, final, struck: striker.struck, servers, lossWindows };
    const judged = { ...judge({ ...remains, dumpFlaws: flaws }), faults: striker.struck };
    const evidence = judged.ok || !options.leavesEvidence ? undefined : folder;
    if (evidence)
      await writeFile(join(folder, "end.json"), JSON.stringify({ final, lossWindows, content, judged }));
    isKept = evidence !== undefined;
    const isCut = (fault: StruckFault): boolean => kind.cuts.includes(fault.kind);
    const cuts = judged.faults.filter(isCut).length;
    return {
      seed,
      mix: mix.name,
      ...judged,
      evidence,
      verdict,
      kills: judged.faults.length - cuts,
      cuts,
      asked: content.asked,
      quietMs: longestQuiet(entries),
      troubles: Object.fromEntries(servers.troubles),
      tookMs: Date.now() - began,
    };
  } finally {
    await bots.close();
    await servers.abandon();
    await ground.close();
    if (!isKept) await rm(folder, { recursive: true, force: true });
  }
}

/** The mix that a seed chooses: consecutive seeds take all of them in turn. */
export function mixOf({ name, mixes }: GroundKind, seed: Seed): Mix {
  const mix = mixes[seed % mixes.length];
  if (!mix) throw new RangeError(`there is no mix of faults for ${name}`);
  return mix;
}

/** Waits for the callers. Those who are never content are a flaw, and what they know is judged all the same. */
async function contentOf(
  bots: BotsProcess,
  patience: Millis,
  flaws: Set<string>,
): Promise<{ readonly absent: readonly string[]; readonly asked: Readonly<Record<string, number>> }> {
  const late = new AbortController();
  const never = pause(patience, undefined, { signal: late.signal }).catch(() => undefined);
  const content = await Promise.race([bots.content, never]);
  late.abort();
  if (content) return content;
  flaws.add(bots.standing);
  return { absent: [], asked: {} };
}

/** Waits until nothing is under way in the store, and the group has had its matches. */
async function settle(ground: Ground, { flaws, grouped }: Servers, history: string): Promise<void> {
  const until = Date.now() + SETTLE;
  const isDone = async (): Promise<boolean> => {
    if (!(await ground.isSettled())) return false;
    if (grouped.size === 0) return true;
    const [{ final }, entries] = await Promise.all([ground.look?.() ?? ground.dump(), readHistory(history)]);
    return ungrouped(final, grouped, entries, ground.lossWindows).length === 0;
  };
  while (!(await isDone())) {
    if (Date.now() >= until) {
      flaws.add(`something was still under way ${SETTLE} ms after everybody was content`);
      return;
    }
    await pause(100);
  }
}

/** The longest time without news of a match, from the first to the last join. */
function longestQuiet(entries: readonly HistoryEntry[]): Millis {
  const joins = entries.flatMap((entry) =>
    entry.type === "called" && entry.operation.type === "join" ? [entry.at] : [],
  );
  const last = joins.at(-1) ?? 0;
  let [before, longest] = [joins[0] ?? 0, 0];
  for (const entry of entries) {
    if (entry.type !== "told" || entry.news.type !== "match" || entry.at > last) continue;
    longest = Math.max(longest, entry.at - before);
    before = entry.at;
  }
  return Math.max(longest, last - before);
}
