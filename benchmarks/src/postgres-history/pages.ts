import { postgresMatchStore } from "@evenmatch/adapter-postgres";
import type { MatchFilter } from "@evenmatch/core";
import { Pool } from "pg";
import { median, percentile, settle } from "../figures.js";
import { figure } from "../report.js";
import type { Measurement, Row } from "../row.js";
import { questions, type Kind } from "./asking.js";
import { barePage } from "./bare.js";
import { FEW, historyOf, MANY, type History } from "./histories.js";

/** Pages of a round, and how many are asked for at once, each on a connection of its own. */
const PAGES = 1_000;
const DEPTH = 4;
const ROUNDS = 5;

/** Reads a page and tells how many matches it holds. */
type Ask = (filter: MatchFilter) => Promise<number>;

/** Pages of one kind read from many matches: the adapter, and the driver alone with a statement written for it. */
export function pages(kind: Kind): Row {
  return {
    name: `pages.${kind}`,
    unit: "pages/s",
    goal: { of: "ratio", bound: "at least", limit: 0.6 },
    measure: () => compare(kind),
  };
}

async function compare(kind: Kind): Promise<Measurement> {
  const history = historyOf("many");
  const asked = questions(kind, history, PAGES);
  return withPool(history, async (pool, ours) => {
    const bare: Ask = (filter) => barePage(pool, kind, filter);
    const rates: { ours: number; reference: number }[] = [];
    for (let round = -1; round < ROUNDS; round++) {
      const reference = await rate(asked, bare);
      const whole = await rate(asked, ours);
      if (reference.found !== whole.found) throw new Error("both sides find the same matches");
      if (round >= 0) rates.push({ ours: whole.perSecond, reference: reference.perSecond });
    }
    const times = await latencies(asked, ours);
    return {
      ours: median(rates.map((pair) => pair.ours)),
      reference: median(rates.map((pair) => pair.reference)),
      notes: [
        `one page after the other: median ${figure(median(times))} ms, p99 ${figure(percentile(times, 0.99))} ms`,
      ],
    };
  });
}

/** How much longer a page of any kind takes among many matches than among few. */
export const growth: Row = {
  name: "growth",
  unit: "ms/page",
  goal: { of: "ratio", bound: "at most", limit: 2 },
  async measure() {
    const [few, many] = [await middle(historyOf("few")), await middle(historyOf("many"))];
    const notes = [
      `ours among ${figure(MANY)} matches, the reference among ${figure(FEW)}; medians of all kinds`,
    ];
    return { ours: many, reference: few, notes };
  },
};

async function middle(history: History): Promise<number> {
  const kinds: readonly Kind[] = ["time", "queue", "player", "player-queue"];
  const asked = kinds.flatMap((kind) => questions(kind, history, PAGES));
  return withPool(history, async (_, ours) => {
    await rate(asked, ours);
    await settle();
    return median(await latencies(asked, ours));
  });
}

async function withPool<T>({ url }: History, run: (pool: Pool, ours: Ask) => Promise<T>): Promise<T> {
  const pool = new Pool({ connectionString: url, max: DEPTH });
  pool.on("error", () => {});
  const store = postgresMatchStore(pool);
  try {
    return await run(pool, async (filter) => (await store.list(filter, {})).matches.length);
  } finally {
    await pool.end();
  }
}

async function rate(asked: readonly MatchFilter[], ask: Ask): Promise<{ perSecond: number; found: number }> {
  await settle();
  const started = performance.now();
  let found = 0;
  const chains = Array.from({ length: DEPTH }, async (_, chain) => {
    for (let next = chain; next < asked.length; next += DEPTH) {
      const count = await ask(asked[next]!);
      found += count;
    }
  });
  await Promise.all(chains);
  return { perSecond: (1_000 * asked.length) / (performance.now() - started), found };
}

async function latencies(asked: readonly MatchFilter[], ask: Ask): Promise<number[]> {
  const times: number[] = [];
  for (const filter of asked) {
    const started = performance.now();
    await ask(filter);
    times.push(performance.now() - started);
  }
  return times;
}
