import assert from "node:assert/strict";
import type { Match, MatchFilter, MatchStore, PoolKey, ReportOutcome, SavedMatch } from "@evenmatch/core";
import { describeContract, type ContractCase, type ContractRunner } from "../contract.js";
import { rejectsAs, rejectsWith, same } from "../equal.js";
import { within } from "../patience.js";
import { idIn, match, POOL, START, ticket } from "../ticket-store/making.js";
import type { MatchStoreHarness, MatchStoreSubject } from "./harness.js";

type Case = ContractCase<MatchStoreHarness>;

const SQUAD: PoolKey = { queue: "squad", region: "eu" };

function played(name: string, at: number, players: readonly string[] = ["ann", "bob"], pool = POOL): Match {
  return match(
    name,
    players.map((player) => ticket(`${name} ${player}`, { players: [player], pool })),
    { createdAt: START + at },
  );
}

function define(
  id: string,
  promise: string,
  play: (store: MatchStore, subject: MatchStoreSubject) => Promise<void>,
): Case {
  const run = async (harness: MatchStoreHarness): Promise<void> => {
    const subject = await harness.open();
    try {
      await within(
        harness.patienceMs,
        "the store to answer",
        Promise.resolve(subject.store()).then((store) => play(store, subject)),
      );
    } finally {
      await subject.close();
    }
  };
  return { id, promise, run };
}

/** All pages, each with what a caller gets of it. */
async function pages(
  store: MatchStore,
  filter: MatchFilter,
  between?: () => Promise<void>,
): Promise<SavedMatch[][]> {
  const found: SavedMatch[][] = [];
  for (let after: string | undefined, isFirst = true; isFirst || after !== undefined; isFirst = false) {
    const page = await store.list({ ...filter, ...(after !== undefined && { after }) }, {});
    found.push([...page.matches]);
    after = page.next;
    await between?.();
  }
  return found;
}

const ids = (matches: readonly { id: string }[]): string[] => matches.map(({ id }) => id);
const listed = (found: readonly SavedMatch[]): string[] => found.map(({ match: { id } }) => id);
const newestFirst = (matches: readonly Match[]): Match[] =>
  [...matches].sort((one, other) => other.createdAt - one.createdAt || (one.id < other.id ? 1 : -1));

/** What every match store promises. */
export const matchStoreCases: readonly Case[] = [
  define(
    "save-and-get",
    "a saved match comes back as it was, on every connection; others are unknown",
    async (store, subject) => {
      const plain = played("plain", 1);
      const odd: Match = {
        ...played("odd", 2, ['O\'Brien "x"', "Zoë 🎲", "__proto__"]),
        quality: 0.1 + 0.2,
        acceptBy: START + 9,
        assignment: { host: "h", deep: [{ a: null }] },
      };
      await store.save([plain, odd], {});
      const other = await subject.store();
      for (const one of [plain, odd]) same(await other.get(one.id, {}), { match: one }, "get");
      same(await other.get(idIn(POOL, "never"), {}), undefined, "a match that never was");
      same(await other.get("no id at all", {}), undefined, "a text that is no id");
    },
  ),
  define("save-once", "a match that is there already is left as it is, with its result", async (store) => {
    const first = played("m", 1);
    await store.save([first], {});
    await store.report(first.id, { winner: 0 }, {});
    await store.save([{ ...first, quality: 0.9 }, played("other", 2)], {});
    same(await store.get(first.id, {}), { match: first, result: { winner: 0 } }, "after saving it again");
    same(
      await store.get(played("other", 2).id, {}),
      { match: played("other", 2) },
      "who comes with it in a batch",
    );
  }),
  define(
    "save-batch",
    "a batch of a thousand is saved whole, with repeats in it, and an empty one does nothing",
    async (store) => {
      await store.save([], {});
      const matches = Array.from({ length: 1_000 }, (_, index) => played(`m${index}`, index));
      await store.save([...matches, ...matches.slice(0, 10)], {});
      const { matches: found, next } = await store.list({ limit: 1_000 }, {});
      same(listed(found), ids(newestFirst(matches)), "all of them");
      same(next, undefined, "there is no other page");
    },
  ),
  define(
    "list-player",
    "a player's matches are listed, in whichever team, and nobody else's",
    async (store) => {
      const matches = [played("ab", 1), played("bc", 2, ["bob", "cat"]), played("ca", 3, ["cat", "ann"])];
      const party = match("party", [ticket("p", { players: ["dan", "ann"] }), ticket("q")], {
        createdAt: START + 4,
      });
      await store.save([...matches, party], {});
      const of = async (playerId: string): Promise<string[]> =>
        listed((await store.list({ playerId }, {})).matches);
      same(await of("ann"), ids([party, matches[2]!, matches[0]!]), "ann");
      same(await of("cat"), ids([matches[2]!, matches[1]!]), "cat");
      same(await of("nobody"), [], "nobody");
    },
  ),
  define("list-queue", "the matches of a queue are listed, also of a player in it", async (store) => {
    const matches = [
      played("d", 1),
      played("s", 2, ["ann", "bob"], SQUAD),
      played("s2", 3, ["cat", "dan"], SQUAD),
    ];
    await store.save(matches, {});
    const of = async (filter: MatchFilter): Promise<string[]> =>
      listed((await store.list(filter, {})).matches);
    same(await of({ queue: "squad" }), ids([matches[2]!, matches[1]!]), "squad");
    same(await of({ queue: "squad", playerId: "ann" }), ids([matches[1]!]), "ann in squad");
    same(await of({ queue: "other" }), [], "a queue that nobody played");
  }),
  define("list-time", "`from` is within, `until` is not", async (store) => {
    const matches = [0, 1, 2, 3, 4].map((at) => played(`m${at}`, at));
    await store.save(matches, {});
    const of = async (filter: MatchFilter): Promise<string[]> =>
      listed((await store.list(filter, {})).matches);
    same(await of({ from: START + 1, until: START + 3 }), ids([matches[2]!, matches[1]!]), "from and until");
    same(await of({ from: START + 4 }), ids([matches[4]!]), "from");
    same(await of({ until: START + 1 }), ids([matches[0]!]), "until");
    same(await of({ from: START + 3, until: START + 3 }), [], "an empty span");
  }),
  define("list-order", "the newest come first, and of equal times the greater id", async (store) => {
    const matches = Array.from({ length: 30 }, (_, index) => played(`m${index}`, index % 3));
    await store.save(matches, {});
    same(listed((await store.list({}, {})).matches), ids(newestFirst(matches)), "the order");
  }),
  define("list-limit", "a page has 50 matches, or what `limit` asks for, from 1 to 1,000", async (store) => {
    await store.save(
      Array.from({ length: 60 }, (_, index) => played(`m${index}`, index)),
      {},
    );
    const size = async (filter: MatchFilter): Promise<number> =>
      (await store.list(filter, {})).matches.length;
    same(
      [await size({}), await size({ limit: 1 }), await size({ limit: 1_000 })],
      [50, 1, 60],
      "the sizes of pages",
    );
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN, Infinity]) {
      await rejectsWith(store.list({ limit }, {}), "INVALID_REQUEST", `limit ${limit}`);
    }
  }),
  define(
    "pages-complete",
    "pages hold every match once, in order, whatever their size and filter, ties included",
    async (store) => {
      const matches = Array.from({ length: 25 }, (_, index) =>
        played(`m${index}`, index % 4, index % 2 ? ["ann", "bob"] : ["cat", "dan"]),
      );
      await store.save(matches, {});
      for (const limit of [1, 4, 5, 24, 25, 26]) {
        const found = await pages(store, { limit });
        same(listed(found.flat()), ids(newestFirst(matches)), `pages of ${limit}`);
        assert.equal(
          found.length,
          Math.ceil(25 / limit),
          `pages of ${limit} are full, and the last says that it is the last`,
        );
      }
      const anns = newestFirst(matches.filter((one) => one.teams.flat()[0]?.players[0]?.id === "ann"));
      same(
        listed((await pages(store, { limit: 5, playerId: "ann", from: START + 1 })).flat()),
        ids(anns.filter(({ createdAt }) => createdAt > START)),
        "with a filter",
      );
    },
  ),
  define(
    "pages-steady",
    "matches saved meanwhile neither shift nor repeat what later pages hold",
    async (store) => {
      const matches = Array.from({ length: 12 }, (_, index) => played(`m${index}`, index % 3));
      await store.save(matches, {});
      let saved = 0;
      const found = await pages(store, { limit: 3 }, () =>
        store.save(
          [1, 2, 3, 4].map(() => played(`new ${saved}`, 100 + saved++)),
          {},
        ),
      );
      same(listed(found.flat()), ids(newestFirst(matches)), "what was there when the first page was read");
    },
  ),
  define("pages-cursor", "a cursor that no page gave is refused", async (store) => {
    await store.save([played("m", 1)], {});
    for (const after of ["", "x", "~", "~x", "%", "null", "12", "abc~def"]) {
      await rejectsWith(store.list({ after }, {}), "INVALID_REQUEST", `after ${JSON.stringify(after)}`);
    }
  }),
  define(
    "report-once",
    "a result is kept once, and comes back with the match; a match that is not there has none",
    async (store) => {
      const one = played("m", 1);
      await store.save([one, played("other", 2)], {});
      const result = { winner: 1, score: [3, 2], note: "O'Neill" };
      const report = (id: string, text: object): Promise<ReportOutcome> =>
        store.report(id, text as Record<string, unknown>, {});
      same(await report(one.id, result), "reported", "the first report");
      same(await report(one.id, { winner: 0 }), "already", "the second report");
      same(await report(idIn(POOL, "never"), result), "unknown", "a report on nothing");
      same(await store.get(one.id, {}), { match: one, result }, "get");
      const { matches } = await store.list({}, {});
      same(
        matches.map((saved) => saved.result),
        [undefined, result],
        "list",
      );
    },
  ),
  define(
    "report-raced",
    "of reports from several connections at once one is kept",
    async (store, subject) => {
      const stores = await Promise.all([1, 2, 3, 4].map(async () => subject.store()));
      for (let round = 0; round < 10; round++) {
        const one = played(`m${round}`, round);
        await store.save([one], {});
        const outcomes = await Promise.all(stores.map((each, winner) => each.report(one.id, { winner }, {})));
        same([...outcomes].sort(), ["already", "already", "already", "reported"], "the outcomes");
        same(
          (await store.get(one.id, {}))?.result,
          { winner: outcomes.indexOf("reported") },
          "the result of who was told so",
        );
      }
    },
  ),
  define(
    "aborted",
    "a call whose signal has aborted rejects with its reason before it has any effect",
    async (store) => {
      const one = played("m", 1);
      await store.save([one], {});
      const reason = new Error("no longer needed");
      const options = { signal: AbortSignal.abort(reason) };
      await rejectsAs(store.save([played("other", 2)], options), reason, "save");
      await rejectsAs(store.report(one.id, { winner: 0 }, options), reason, "report");
      await rejectsAs(store.get(one.id, options), reason, "get");
      await rejectsAs(store.list({}, options), reason, "list");
      same((await store.list({}, {})).matches, [{ match: one }], "after calls that were given up");
    },
  ),
];

/** Defines the tests that hold a match store to its port. */
export function describeMatchStore(runner: ContractRunner, harness: MatchStoreHarness): void {
  describeContract(runner, "MatchStore", matchStoreCases, harness);
}
