import {
  blockList,
  defineLimit,
  MemoryPool,
  OneVsOne,
  StrictOneVsOne,
  type Explanation,
} from "@evenmatch/core";
import { BUILT_AT, opensLater, ticket } from "@evenmatch/testkit";
import { describe, expect, it } from "vitest";

type Names = Readonly<Record<string, { rating: number; attributes?: object }>>;

/** What is said of the first, in a pool at rest; tickets are named like their players. */
function explain(
  Pairs: typeof OneVsOne | typeof StrictOneVsOne,
  named: Names,
  limits?: MemoryPool["limits"],
): Explanation {
  const waiting = Object.entries(named).map(([id, player]) =>
    ticket({ id, players: [{ id, ...player } as never] }),
  );
  const pool = new MemoryPool(waiting, { limits });
  const strategy = new Pairs({ maxRatingGap: 100 });
  expect(strategy.propose(pool, BUILT_AT)).toEqual([]);
  pool.clean();
  strategy.nextChange(pool, BUILT_AT);
  return strategy.explain(waiting[0]!, pool, BUILT_AT);
}

const block = blockList();
const later = opensLater();
const shy = defineLimit({
  rule: "shy",
  between: () => false,
  bound: 3,
  measure: (players) => players.length,
});
const all = block.together([block, later, shy]);
const none = { blockList: [], notBefore: {} };

for (const [name, Pairs] of Object.entries({ OneVsOne, StrictOneVsOne })) {
  describe(`${name} explains`, () => {
    it("that nobody else is there", () => {
      expect(explain(Pairs, { ann: { rating: 1_500 } })).toEqual({
        ticketId: "ann",
        nearest: [],
        group: ["ann"],
        blockedBy: [{ rule: "players", limit: 2, value: 1 }],
        givesWayAt: Infinity,
      });
    });

    it("that the nearest is too far away, and names the five nearest", () => {
      const others = [1_700, 1_250, 1_900, 1_000, 2_100, 600].map(
        (rating, place) => [`p${place}`, { rating }] as const,
      );
      const said = explain(Pairs, { ann: { rating: 1_500 }, ...Object.fromEntries(others) });
      expect(said.nearest).toEqual([
        { ticketId: "p0", ratingGap: 200 },
        { ticketId: "p1", ratingGap: 250 },
        { ticketId: "p2", ratingGap: 400 },
        { ticketId: "p3", ratingGap: 500 },
        { ticketId: "p4", ratingGap: 600 },
      ]);
      expect(said.group).toEqual(["ann", "p0"]);
      expect(said.blockedBy).toEqual([{ rule: "maxRatingGap", limit: 100, value: 200 }]);
      expect(said.givesWayAt).toBe(Infinity);
    });

    it("which limit keeps the nearest away, with its bound and what the two have", () => {
      const limits = shy.together([shy]);
      const said = explain(Pairs, { ann: { rating: 1_500 }, bob: { rating: 1_500 } }, limits);
      expect(said.blockedBy).toEqual([{ rule: "shy", limit: 3, value: 2 }]);
    });

    it("whom one rule alone keeps away rather than who is nearer, kept away by two", () => {
      const limits = all.without("shy");
      const said = explain(
        Pairs,
        {
          ann: { rating: 1_500, attributes: { blockList: ["bob"], notBefore: { bob: Infinity } } },
          bob: { rating: 1_501, attributes: none },
          cid: { rating: 1_700, attributes: none },
        },
        limits,
      );
      expect(said.group).toEqual(["ann", "cid"]);
      expect(said.blockedBy.map(({ rule }) => rule)).toEqual(["maxRatingGap"]);
      expect(said.nearest.map(({ ticketId }) => ticketId)).toEqual(["bob", "cid"]);
    });

    it("both rules where no fewer would do", () => {
      const said = explain(
        Pairs,
        {
          ann: { rating: 1_500, attributes: { blockList: ["bob"], notBefore: {} } },
          bob: { rating: 1_700, attributes: none },
        },
        block.together([block]),
      );
      expect(said.blockedBy.map(({ rule }) => rule)).toEqual(["maxRatingGap", "blockList"]);
    });

    it("whom it will meet, and when, if a limit gives way", () => {
      const said = explain(
        Pairs,
        {
          ann: { rating: 1_500, attributes: { notBefore: { bob: BUILT_AT + 900, cid: BUILT_AT + 700 } } },
          bob: { rating: 1_510, attributes: { notBefore: {} } },
          cid: { rating: 1_590, attributes: { notBefore: { bob: BUILT_AT + 800 } } },
        },
        later.together([later]),
      );
      expect(said.group).toEqual(["ann", "cid"]);
      expect(said.blockedBy.map(({ rule }) => rule)).toEqual(["opensLater"]);
      expect(said.givesWayAt).toBe(BUILT_AT + 700);
    });
  });
}
