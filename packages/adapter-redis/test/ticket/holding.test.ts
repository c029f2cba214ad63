import type { Match } from "@evenmatch/core";
import { expect, it } from "vitest";
import { entriesOf } from "../../src/ticket/entries.js";
import { Holding } from "../../src/ticket/holding.js";
import { NOW, POOL, ticket } from "./worker.js";

const match: Match = { ...POOL, id: "duel.eu.m", teams: [[ticket("a")]], quality: 1, createdAt: NOW };

it("forgets a match whose claim was sent again and lost, and keeps one of which a change came", () => {
  const holding = new Holding(POOL, { fence: "1", seq: 0, link: "", entry: "0-1" });
  // The answer to the first was lost.
  expect([holding.decides(match), holding.decides(match)]).toEqual([true, true]);
  holding.lost(match.id);
  expect(holding.sizeOf(match.id)).toBe(0);
  holding.decides(match);
  const [entry] = entriesOf([["1-0", ["at", String(NOW), "on", "", "by", "x", "no", "1", "c", match.id]]]);
  expect(holding.read(entry!)).toMatchObject([{ seq: 1, change: { type: "claimed", match } }]);
  expect(holding.decides(match)).toBe(false);
  expect(holding.sizeOf(match.id)).toBe(1);
});
