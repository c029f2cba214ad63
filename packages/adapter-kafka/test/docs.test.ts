import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SETTING_REASONS } from "../src/connection/settings.js";
import { planOf } from "../src/topic/plan.js";

/** The cells of all tables of a page. */
function cellsOf(page: string): string[][] {
  const text = readFileSync(new URL(`../../../docs/${page}`, import.meta.url), "utf8");
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it("has every setting of the driver in the docs, with its reason and its figure", () => {
  const rows = cellsOf("kafka.md");
  for (const { of, setting, value, usual, why, measured } of SETTING_REASONS)
    expect(rows).toContainEqual([of, `\`${setting}\``, value, usual, why, measured]);
});

it("has every setting of the topics in the docs, and no other", () => {
  const plans = planOf({
    prefix: "match",
    queues: ["duel"],
    partitions: undefined,
    events: "match-events",
    eventPartitions: undefined,
    minInsyncReplicas: 2,
  });
  const names = new Set(plans.flatMap(({ settings }) => settings.map(({ name }) => name)));
  const named = cellsOf("kafka.md").flatMap(
    ([first]) => /^`([a-z.]+\.[a-z.]+)`/.exec(first ?? "")?.[1] ?? [],
  );
  expect(new Set(named)).toEqual(names);
});
