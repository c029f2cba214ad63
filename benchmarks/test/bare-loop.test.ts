import { expect, it } from "vitest";
import { BareLoop, type BareMatch } from "../src/core/bare-loop.js";

it("pairs who joins with the nearest who waits in the region, within the gap", async () => {
  const bare = new BareLoop(100);
  const matches: BareMatch[] = [];
  bare.onMatch((match) => matches.push(match));
  const join = (id: string, rating: number, region = "eu") =>
    bare.join({ region, players: [{ id, rating }] });
  for (const [id, rating] of [
    ["ann", 1_000],
    ["bob", 1_150],
    ["cat", 1_300],
  ] as const)
    await join(id, rating);
  await join("eve", 1_080, "na");
  expect(matches).toEqual([]);
  await join("dan", 1_220);
  await join("fay", 1_100);
  const met = matches.map(({ teams }) => teams.map(([{ player }]) => player.id).join(" "));
  expect(met).toEqual(["bob dan", "ann fay"]);
  expect(matches.map(({ quality }) => quality)).toEqual([expect.closeTo(0.3), 0]);
  expect(bare.waiting).toBe(2);
});
