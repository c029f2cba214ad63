import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { SETTING_REASONS } from "../src/connection/settings.js";
import { planOf } from "../src/topic/plan.js";
import { cellsOf } from "./pages.js";

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

it("has every option of the store in the docs, and no other", () => {
  const source = (file: string): string => readFileSync(new URL(`../src/${file}`, import.meta.url), "utf8");
  const namesIn = (text: string, of: string): string[] => {
    const body = text.split(`interface ${of}`)[1]!.split("\n}")[0]!;
    return Array.from(body.matchAll(/readonly (\w+)\?/g), ([, name]) => name!);
  };
  const options = [
    ...namesIn(source("ticket/ticket-store.ts"), "KafkaTicketStoreOptions"),
    ...namesIn(source("connection/options.ts"), "KafkaConnectionOptions"),
  ];
  const rows = cellsOf("kafka.md");
  const first = rows.findIndex(([title]) => title === "option");
  const last = rows.findIndex(([title], index) => index > first + 1 && !title!.startsWith("`"));
  expect(
    rows
      .slice(first + 2, last)
      .map(([name]) => name!.slice(1, -1))
      .sort(),
  ).toEqual(options.sort());
});
