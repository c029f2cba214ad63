import { Adaptive, TeamBalance } from "@evenmatch/core";
import { describe, expect, it } from "vitest";
import { bands } from "../../src/charts/bands.js";
import { charts } from "../../src/charts/charts.js";
import { driven } from "../../src/charts/driven.js";
import { readFigures, readPicture } from "../../src/charts/files.js";
import { hours } from "../../src/charts/hours.js";
import { adaptive, fifo } from "../../src/charts/lines.js";
import { costOf, FULL, leastCost, meansOf, outcomesOf, tracesOf } from "../../src/charts/play-all.js";
import { teamMeans, teams } from "../../src/charts/teams.js";
import { sides, trades } from "../../src/charts/trade.js";
import { mean } from "../../src/figures.js";
import { optimumOf } from "../../src/quality/optimum/optimum.js";
import { ruleOf } from "../../src/quality/ours.js";
import { play } from "../../src/quality/play.js";
import { populations, traceOf } from "../../src/quality/populations.js";

/** So much of a chart that everything in it runs, and no more. */
const FEW = { seeds: [1], arrivals: 120 };

const common = populations.find(({ name }) => name === "steady-1")!;

/** Tags that are opened and not closed, or closed and not opened; and what no place in a picture is. */
function faultsOf(svg: string): string[] {
  const open: string[] = [];
  const faults: string[] = [...(svg.match(/NaN|undefined|Infinity|url\(|<script|<image|href=/g) ?? [])];
  for (const [, end, name = "", rest = ""] of svg.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*)?)>/g)) {
    if (end && open.pop() !== name) faults.push(`</${name}>`);
    else if (!end && !rest.endsWith("/")) open.push(name);
  }
  const stray = svg.replaceAll(/<[^<>]*>/g, "").match(/[<>]/g) ?? [];
  return [...faults, ...open, ...stray];
}

describe("charts", () => {
  it.each(charts.map((chart) => [chart.name, chart] as const))(
    "%s is measured and drawn the same again, well-formed and labelled",
    (_, chart) => {
      const data = chart.measure(FEW);
      const drawn = chart.draw(data);
      expect(chart.draw(chart.measure(FEW))).toBe(drawn);
      expect(faultsOf(drawn)).toEqual([]);
      expect(drawn).toMatch(/<title id="title">\w.*<desc id="description">\w/s);
      expect(drawn).toContain("prefers-color-scheme: dark");
      expect(drawn).toMatch(/in seconds|arrivals a second/);
    },
    30_000,
  );

  it.each(charts.map((chart) => [chart.name, chart] as const))(
    "%s of the docs shows the figures beside it",
    async (_, chart) => {
      expect(await readPicture(chart), "npm run charts draws it again").toBe(
        chart.draw(await readFigures(chart)),
      );
    },
  );

  it("finds faults of a picture", () => {
    expect(faultsOf(`<svg><g><path d="M 1 NaN" /></svg>`)).toEqual(["NaN", "</svg>", "svg"]);
    expect(faultsOf("<svg><text>a < b</text></svg>")).not.toEqual([]);
  });
});

describe("figures of the docs", () => {
  const again = "a strategy or a trace has changed: npm run charts measures again";

  it("are those of today: by rating", async () => {
    expect(bands.measure(FULL), again).toEqual(await readFigures(bands));
  });

  it("are those of today: a point of each of the others", async () => {
    const traces = tracesOf(common, FULL);
    const trade = await readFigures(trades[0]!);
    const means = meansOf(outcomesOf(adaptive(10), traces));
    const points = trade.lines.find(({ name }) => name.startsWith("Adaptive"))!.points;
    expect(
      points.find(({ value }) => value === 10),
      again,
    ).toEqual({ value: 10, ...means });
    const { rules } = await readFigures(hours);
    const point = rules.find(({ name }) => name === "Fifo")!.points.find(({ rate }) => rate === 0.1);
    const quiet = { ...common, rate: () => 0.1, peak: 0.1, name: "steady-0.1" };
    expect(point, again).toMatchObject(meansOf(outcomesOf(fifo, tracesOf(quiet, FULL))));
    const balanced = teamMeans(
      () => new TeamBalance({ teams: 2, teamSize: 2, maxRatingSpread: 400 }),
      traces,
    );
    const line = (await readFigures(teams)).lines.find(({ name, teamSize }) => {
      return name === "TeamBalance, maxRatingSpread" && teamSize === 2;
    })!;
    expect(
      line.points.find(({ value }) => value === 400),
      again,
    ).toEqual({ value: 400, ...balanced });
  });

  it("show no setting below the bound that knows the future", async () => {
    for (const chart of [...trades, sides]) {
      const { lines, least } = await readFigures(chart);
      const points = lines.flatMap(({ name, points }) => points.map((point) => ({ name, ...point })));
      expect(points.length).toBeGreaterThan(30);
      for (const { name, value, ...point } of points) {
        for (const { pointsPerSecond, cost } of least) {
          const what = `${name} ${value} in ${chart.name}, at ${pointsPerSecond} a second`;
          expect(costOf(point, pointsPerSecond), what).toBeGreaterThanOrEqual(cost);
        }
      }
    }
  });
});

describe("what charts are made of", () => {
  const trace = traceOf(common, 7, 400);

  it("plays a strategy as the yardstick does, which asks it itself", () => {
    const create = () => new Adaptive({ pointsPerSecond: 10 });
    expect(play(driven("driven", create), trace)).toEqual(play(ruleOf("asked", create), trace));
  });

  it("counts a gap for both and a wait for each: together they are the yardstick's cost", () => {
    const { gaps, waits } = outcomesOf(fifo, [trace]);
    const { mates, matchedAt } = play(fifo, trace);
    expect(gaps).toHaveLength(400);
    mates.forEach((mate, who) => {
      expect(gaps[who]).toBe(gaps[mate]);
      expect(waits[who]).toBe((matchedAt[who]! - trace.at[who]!) / 1_000);
    });
  });

  it("knows the optimum at other prices from that at ten points a second", () => {
    expect(leastCost([trace], 0)).toBeCloseTo(optimumOf(trace) / 400, 1);
    // With a second for nothing all that counts is who stands next to whom; with a dear one, who comes next.
    const sorted = [...trace.ratings].sort((one, other) => one - other);
    const next = mean(sorted.flatMap((rating, place) => (place % 2 ? [rating - sorted[place - 1]!] : [])));
    expect(leastCost([trace], -20)).toBeCloseTo(next / 2, 2);
    const { wait, gap } = meansOf(outcomesOf(fifo, [trace]));
    const dear = 10 * 2 ** 14;
    expect(leastCost([trace], 14) / costOf({ wait, gap }, dear)).toBeCloseTo(1, 2);
  });
});
